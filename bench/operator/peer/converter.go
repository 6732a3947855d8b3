package main

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "temperature-converter.io", Version: "v1"}

// TemperatureConverter has the fields that this operator reads and writes.
type TemperatureConverter struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status,omitzero"`
}

// Spec is the desired state, after the API server's defaulting.
type Spec struct {
	Service struct {
		Port int32 `json:"port"`
	} `json:"service"`
	Autoscaling struct {
		MinReplicas                    int32 `json:"minReplicas"`
		MaxReplicas                    int32 `json:"maxReplicas"`
		TargetCPUUtilizationPercentage int32 `json:"targetCPUUtilizationPercentage"`
	} `json:"autoscaling"`
}

// Status is the observed state.
type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Image              string             `json:"image,omitempty"`
	URL                string             `json:"url,omitempty"`
	Replicas           int32              `json:"replicas"`
	ReadyReplicas      int32              `json:"readyReplicas"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// TemperatureConverterList is a list of TemperatureConverters.
type TemperatureConverterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []TemperatureConverter `json:"items"`
}

// DeepCopyObject copies a resource. It implements runtime.Object.
func (t *TemperatureConverter) DeepCopyObject() runtime.Object { return t.DeepCopy() }

// DeepCopy copies a resource.
func (t *TemperatureConverter) DeepCopy() *TemperatureConverter {
	out := *t
	t.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Status.Conditions = slices.Clone(t.Status.Conditions)
	return &out
}

// DeepCopyObject copies a list.
func (l *TemperatureConverterList) DeepCopyObject() runtime.Object {
	out := *l
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = make([]TemperatureConverter, len(l.Items))
	for i := range l.Items {
		out.Items[i] = *l.Items[i].DeepCopy()
	}
	return &out
}

func addToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(groupVersion, &TemperatureConverter{}, &TemperatureConverterList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}
