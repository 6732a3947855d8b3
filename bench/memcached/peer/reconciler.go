package main

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

type memcachedReconciler struct {
	client.Client
}

// Reconcile updates the children and the status of a Memcached according to its spec.
func (r *memcachedReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	memcached := &Memcached{}
	if err := r.Get(ctx, request.NamespacedName, memcached); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if memcached.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	named := metav1.ObjectMeta{Namespace: memcached.Namespace, Name: memcached.Name}
	deployment := &appsv1.Deployment{ObjectMeta: named}
	service := &corev1.Service{ObjectMeta: named}
	_, deploymentErr := controllerutil.CreateOrUpdate(ctx, r.Client, deployment, func() error {
		setDeployment(deployment, memcached)
		return controllerutil.SetControllerReference(memcached, deployment, r.Scheme())
	})
	_, serviceErr := controllerutil.CreateOrUpdate(ctx, r.Client, service, func() error {
		setService(service, memcached)
		return controllerutil.SetControllerReference(memcached, service, r.Scheme())
	})
	applyErr := errors.Join(deploymentErr, serviceErr)
	return ctrl.Result{}, errors.Join(applyErr, r.updateStatus(ctx, memcached, deployment, applyErr))
}

func (r *memcachedReconciler) updateStatus(
	ctx context.Context, memcached *Memcached, deployment *appsv1.Deployment, applyErr error,
) error {
	before := memcached.DeepCopy()
	size, status := memcached.Spec.Size, deployment.Status
	available := metav1.Condition{Type: "Available", Status: metav1.ConditionFalse, Reason: "NoReplicaAvailable",
		Message: fmt.Sprintf("%d of %d replicas are available.", status.AvailableReplicas, size)}
	if status.AvailableReplicas > 0 {
		available.Status, available.Reason = metav1.ConditionTrue, "ReplicasAvailable"
	}
	progressing := metav1.Condition{Type: "Progressing", Status: metav1.ConditionTrue, Reason: "RollingOut",
		Message: "The Deployment is being rolled out."}
	if status.ObservedGeneration == deployment.Generation &&
		status.Replicas == size && status.UpdatedReplicas == size && status.AvailableReplicas == size {
		progressing.Status, progressing.Reason = metav1.ConditionFalse, "RolledOut"
		progressing.Message = "The Deployment is rolled out."
	}
	degraded := metav1.Condition{Type: "Degraded", Status: metav1.ConditionFalse, Reason: "Applied",
		Message: "The children are as the spec asks."}
	if applyErr != nil {
		degraded.Status, degraded.Reason, degraded.Message = metav1.ConditionTrue, "WriteFailed", applyErr.Error()
	}
	for _, condition := range []metav1.Condition{available, progressing, degraded} {
		condition.ObservedGeneration = memcached.Generation
		meta.SetStatusCondition(&memcached.Status.Conditions, condition)
	}
	if equality.Semantic.DeepEqual(before.Status, memcached.Status) {
		return nil
	}
	return r.Status().Update(ctx, memcached)
}
