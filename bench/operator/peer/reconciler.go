package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

type reconciler struct {
	client.Client
	image string
}

// Reconcile creates or updates the three children and the status. It sends no write for objects that are up to date.
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
			child.object.SetLabels(merged(child.object.GetLabels(), labelsOf(converter.Name, r.image)))
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
	status.ObservedGeneration, status.Image = converter.Generation, r.image
	status.URL = fmt.Sprintf("http://%s.%s.svc:%d", converter.Name, converter.Namespace, converter.Spec.Service.Port)
	status.Replicas, status.ReadyReplicas = deployment.Status.Replicas, deployment.Status.ReadyReplicas
	started := metav1.Condition{Status: metav1.ConditionFalse, Reason: "Progressing", Message: "The pods are starting."}
	if status.ReadyReplicas > 0 {
		started = metav1.Condition{Status: metav1.ConditionTrue, Reason: "Serving", Message: "At least one pod is available."}
	}
	ready, available := started, started
	ready.Type, available.Type = "Ready", "Available"
	for _, condition := range []metav1.Condition{
		ready,
		{Type: "Reconciled", Status: metav1.ConditionTrue, Reason: "Applied", Message: "The children match the spec."},
		available,
		{Type: "Autoscaling", Status: metav1.ConditionUnknown, Reason: "Pending", Message: "The autoscaler has not reported yet."},
		{Type: "Paused", Status: metav1.ConditionFalse, Reason: "NotPaused", Message: "The children are reconciled with the spec."},
	} {
		condition.ObservedGeneration = converter.Generation
		meta.SetStatusCondition(&status.Conditions, condition)
	}
	if equality.Semantic.DeepEqual(before.Status, *status) {
		return nil
	}
	return r.Status().Patch(ctx, converter, client.MergeFrom(before))
}
