package main

import (
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// The children are equal to those of the TypeScript operator in every field. The benchmark compares them.

func setDeployment(deployment *appsv1.Deployment, name, image string) {
	spec := &deployment.Spec
	selector := &metav1.LabelSelector{MatchLabels: selectorOf(name)}
	if spec.Selector == nil {
		spec.Selector = selector
	}
	spec.RevisionHistoryLimit, spec.MinReadySeconds, spec.ProgressDeadlineSeconds = ptr.To[int32](3), 2, ptr.To[int32](120)
	spec.Strategy = appsv1.DeploymentStrategy{
		Type: appsv1.RollingUpdateDeploymentStrategyType,
		RollingUpdate: &appsv1.RollingUpdateDeployment{
			MaxUnavailable: ptr.To(intstr.FromInt32(0)), MaxSurge: ptr.To(intstr.FromInt32(1))},
	}
	spec.Template.Labels = merged(spec.Template.Labels, labelsOf(name, image))
	pod := &spec.Template.Spec
	pod.AutomountServiceAccountToken, pod.EnableServiceLinks = ptr.To(false), ptr.To(false)
	pod.ServiceAccountName = "default"
	pod.TerminationGracePeriodSeconds = ptr.To[int64](30)
	pod.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot:   ptr.To(true),
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	pod.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: selector,
		MatchLabelKeys: []string{"pod-template-hash"}}}
	if len(pod.Containers) == 0 {
		pod.Containers = make([]corev1.Container, 1)
	}
	setContainer(&pod.Containers[0], image)
}

func setContainer(container *corev1.Container, image string) {
	container.Name, container.Image, container.ImagePullPolicy = "converter", image, corev1.PullIfNotPresent
	container.Ports = []corev1.ContainerPort{
		{Name: "http", ContainerPort: 5000, Protocol: corev1.ProtocolTCP},
		{Name: "metrics", ContainerPort: 9464, Protocol: corev1.ProtocolTCP},
	}
	container.Env = []corev1.EnvVar{
		{Name: "PORT", Value: "5000"}, {Name: "METRICS_PORT", Value: "9464"}, {Name: "LOG_LEVEL", Value: "info"}}
	container.Resources = corev1.ResourceRequirements{Requests: amounts("100m", "64Mi"), Limits: amounts("200m", "128Mi")}
	container.SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false),
		ReadOnlyRootFilesystem:   ptr.To(true),
		RunAsNonRoot:             ptr.To(true),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
	container.StartupProbe, container.ReadinessProbe, container.LivenessProbe = probe(1, 2, 60), probe(5, 2, 2), probe(10, 5, 3)
	container.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 5}}}
}

func setService(service *corev1.Service, converter *TemperatureConverter) {
	service.Spec.Type = corev1.ServiceTypeClusterIP
	service.Spec.Selector = selectorOf(converter.Name)
	service.Spec.Ports = []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP,
		Port: converter.Spec.Service.Port, TargetPort: intstr.FromString("http")}}
}

func setAutoscaler(autoscaler *autoscalingv2.HorizontalPodAutoscaler, converter *TemperatureConverter) {
	wanted := &converter.Spec.Autoscaling
	autoscaler.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{
		APIVersion: "apps/v1", Kind: "Deployment", Name: converter.Name}
	autoscaler.Spec.MinReplicas, autoscaler.Spec.MaxReplicas = &wanted.MinReplicas, wanted.MaxReplicas
	autoscaler.Spec.Metrics = []autoscalingv2.MetricSpec{{
		Type: autoscalingv2.ContainerResourceMetricSourceType,
		ContainerResource: &autoscalingv2.ContainerResourceMetricSource{Container: "converter", Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{
			Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &wanted.TargetCPUUtilizationPercentage}},
	}}
}

// probe sets the API server's defaults, without which CreateOrUpdate would always find a difference.
func probe(period, timeout, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: "/api/healthcheck", Port: intstr.FromString("http"), Scheme: corev1.URISchemeHTTP}},
		TimeoutSeconds: timeout, PeriodSeconds: period, SuccessThreshold: 1, FailureThreshold: failures,
	}
}

func amounts(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func selectorOf(name string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":      "temperature-converter",
		"app.kubernetes.io/instance":  name,
		"app.kubernetes.io/component": "converter",
	}
}

func labelsOf(name, image string) map[string]string {
	return merged(selectorOf(name), map[string]string{
		"app.kubernetes.io/part-of":    "temperature-converter",
		"app.kubernetes.io/managed-by": "temperature-converter-operator",
		"app.kubernetes.io/version":    image[strings.LastIndexByte(image, ':')+1:],
	})
}

func merged(all, more map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, all)
	maps.Copy(out, more)
	return out
}
