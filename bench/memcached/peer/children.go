package main

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

func labelsOf(memcached *Memcached) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":       "memcached",
		"app.kubernetes.io/instance":   memcached.Name,
		"app.kubernetes.io/managed-by": "memcached-operator",
	}
}

// setDeployment sets the fields in place. It keeps the server's defaults, or each comparison would find a difference.
func setDeployment(deployment *appsv1.Deployment, memcached *Memcached) {
	labels := labelsOf(memcached)
	deployment.Labels = labels
	deployment.Spec.Replicas = &memcached.Spec.Size
	deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	deployment.Spec.Template.Labels = labels
	pod := &deployment.Spec.Template.Spec
	pod.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot:   ptr.To(true),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if len(pod.Containers) == 0 {
		pod.Containers = make([]corev1.Container, 1)
	}
	container := &pod.Containers[0]
	container.Name = "memcached"
	container.Image = memcached.Spec.Image
	container.Command = []string{"memcached", fmt.Sprintf("--port=%d", memcached.Spec.ContainerPort),
		"--memory-limit=64", "-o", "modern", "-v"}
	container.Ports = []corev1.ContainerPort{
		{Name: "memcached", ContainerPort: memcached.Spec.ContainerPort, Protocol: corev1.ProtocolTCP},
	}
	container.SecurityContext = &corev1.SecurityContext{
		RunAsUser:                ptr.To[int64](1001),
		AllowPrivilegeEscalation: ptr.To(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}

func setService(service *corev1.Service, memcached *Memcached) {
	service.Labels = labelsOf(memcached)
	service.Spec.Selector = labelsOf(memcached)
	service.Spec.Ports = []corev1.ServicePort{{
		Name:       "memcached",
		Port:       memcached.Spec.ContainerPort,
		Protocol:   corev1.ProtocolTCP,
		TargetPort: intstr.FromString("memcached"),
	}}
}
