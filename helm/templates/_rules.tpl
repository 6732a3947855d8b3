{{/* The operator's permissions in each watched namespace. */}}
{{- define "temperature-converter.rules" -}}
- apiGroups: [temperature-converter.io]
  resources: [temperatureconverters]
  verbs: [list, watch]
- apiGroups: [temperature-converter.io]
  resources: [temperatureconverters/status]
  verbs: [update]
# The admission plug-in OwnerReferencesPermissionEnforcement requires this for an owner reference that blocks deletion.
- apiGroups: [temperature-converter.io]
  resources: [temperatureconverters/finalizers]
  verbs: [update]
# The same plug-in requires `delete` to add an owner reference to an existing child (adoption).
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list, watch, create, patch, delete]
# The operator deletes a budget that the spec no longer asks for.
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
