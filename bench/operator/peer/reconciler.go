package main

import (
	"context"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const containerPort = 5000

type reconciler struct {
	client.Client
	image string
}

// Reconcile brings the three children and the status to what the spec asks for; what is so already costs no request.
func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var converter TemperatureConverter
	if err := r.Get(ctx, request.NamespacedName, &converter); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if converter.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	named := metav1.ObjectMeta{Namespace: converter.Namespace, Name: converter.Name}
	deployment := &appsv1.Deployment{ObjectMeta: named}
	service := &corev1.Service{ObjectMeta: named}
	autoscaler := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: named}
	for _, child := range []struct {
		object client.Object
		set    func()
	}{
		{deployment, func() { setDeployment(deployment, converter.Name, r.image) }},
		{service, func() { setService(service, &converter) }},
		{autoscaler, func() { setAutoscaler(autoscaler, &converter) }},
	} {
		_, err := controllerutil.CreateOrUpdate(ctx, r.Client, child.object, func() error {
			child.object.SetLabels(merged(child.object.GetLabels(), labelsOf(converter.Name)))
			child.set()
			return controllerutil.SetControllerReference(&converter, child.object, r.Scheme())
		})
		if err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, r.report(ctx, &converter, deployment)
}

func (r *reconciler) report(ctx context.Context, converter *TemperatureConverter, deployment *appsv1.Deployment) error {
	before := converter.DeepCopy()
	status := &converter.Status
	status.ObservedGeneration = converter.Generation
	status.Replicas, status.ReadyReplicas = deployment.Status.Replicas, deployment.Status.ReadyReplicas
	ready := metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Starting",
		Message: "No replica is ready yet.", ObservedGeneration: converter.Generation}
	if status.ReadyReplicas > 0 {
		ready.Status, ready.Reason, ready.Message = metav1.ConditionTrue, "Serving", "It answers."
	}
	meta.SetStatusCondition(&status.Conditions, ready)
	if equality.Semantic.DeepEqual(before.Status, *status) {
		return nil
	}
	return r.Status().Patch(ctx, converter, client.MergeFrom(before))
}

func setDeployment(deployment *appsv1.Deployment, name, image string) {
	spec := &deployment.Spec
	if spec.Selector == nil {
		spec.Selector = &metav1.LabelSelector{MatchLabels: selectorOf(name)}
	}
	spec.Template.Labels = merged(spec.Template.Labels, labelsOf(name))
	if len(spec.Template.Spec.Containers) == 0 {
		spec.Template.Spec.Containers = make([]corev1.Container, 1)
	}
	container := &spec.Template.Spec.Containers[0]
	container.Name, container.Image = "converter", image
	container.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: containerPort, Protocol: corev1.ProtocolTCP}}
	container.Resources = corev1.ResourceRequirements{Requests: amounts("100m", "64Mi"), Limits: amounts("200m", "128Mi")}
	container.LivenessProbe, container.ReadinessProbe = probe(), probe()
}

func setService(service *corev1.Service, converter *TemperatureConverter) {
	service.Spec.Selector = selectorOf(converter.Name)
	service.Spec.Ports = []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP,
		Port: converter.Spec.Service.Port, TargetPort: intstr.FromInt32(containerPort)}}
}

func setAutoscaler(autoscaler *autoscalingv2.HorizontalPodAutoscaler, converter *TemperatureConverter) {
	wanted := &converter.Spec.Autoscaling
	autoscaler.Spec.ScaleTargetRef = autoscalingv2.CrossVersionObjectReference{
		APIVersion: "apps/v1", Kind: "Deployment", Name: converter.Name}
	autoscaler.Spec.MinReplicas, autoscaler.Spec.MaxReplicas = &wanted.MinReplicas, wanted.MaxReplicas
	autoscaler.Spec.Metrics = []autoscalingv2.MetricSpec{{
		Type: autoscalingv2.ResourceMetricSourceType,
		Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{
			Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &wanted.TargetCPUUtilizationPercentage}},
	}}
}

// probe has the server's defaults in it, or each comparison would find a difference.
func probe() *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: "/api/healthcheck", Port: intstr.FromInt32(containerPort), Scheme: corev1.URISchemeHTTP}},
		TimeoutSeconds: 1, PeriodSeconds: 10, SuccessThreshold: 1, FailureThreshold: 3,
	}
}

func amounts(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
}

func selectorOf(name string) map[string]string {
	return map[string]string{"app.kubernetes.io/name": "temperature-converter", "app.kubernetes.io/instance": name}
}

func labelsOf(name string) map[string]string {
	return merged(selectorOf(name), map[string]string{"app.kubernetes.io/managed-by": "peer"})
}

func merged(all, more map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, all)
	maps.Copy(out, more)
	return out
}
