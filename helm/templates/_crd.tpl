{{/*
State of the CustomResourceDefinition: "served", "absent", or "unknown" without a cluster (helm template). Waits until a
definition that Helm has just created is established, because Helm 4 before 4.3.1 does not wait, and then fails with an
unknown kind (docs/decisions/0007-default-converter-in-templates.md).
*/}}
{{- define "temperature-converter.crdState" -}}
{{- if .Capabilities.APIVersions.Has "temperature-converter.io/v1/TemperatureConverter" -}}
served
{{- else -}}
{{- $state := "waiting" -}}
{{- range until 600 -}}
{{- $crd := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" (include "temperature-converter.crdName" $) -}}
{{- if not $crd -}}
{{- $state = empty (lookup "v1" "Namespace" "" "kube-system") | ternary "unknown" "absent" -}}
{{- break -}}
{{- end -}}
{{- range dig "status" "conditions" list $crd -}}
{{- if and (eq .type "Established") (eq .status "True") }}{{ $state = "served" }}{{ end -}}
{{- end -}}
{{- if eq $state "served" }}{{ break }}{{ end -}}
{{- /* Templates cannot sleep. This takes at least 50 ms. */ -}}
{{- $_ := bcrypt "pause" -}}
{{- end -}}
{{- if eq $state "waiting" -}}
{{- fail (printf "the API server does not establish %s; `kubectl describe crd` shows why" (include "temperature-converter.crdName" .)) -}}
{{- end -}}
{{- $state -}}
{{- end -}}
{{- end }}

{{/* "true" if the CustomResourceDefinition in the cluster equals the chart's, "false" if it differs, empty without one. */}}
{{- define "temperature-converter.crdIsCurrent" -}}
{{- $wanted := .Files.Get "crds/temperatureconverters.yaml" | fromYaml -}}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" $wanted.metadata.name -}}
{{- if $live -}}
{{- and (eq (toJson $live.spec.versions) (toJson $wanted.spec.versions)) (eq (toJson $live.spec.names) (toJson $wanted.spec.names)) -}}
{{- end -}}
{{- end }}

{{/* "true" if a Job must create or update the CustomResourceDefinition of the cluster; never without a cluster. */}}
{{- define "temperature-converter.crdNeedsJob" -}}
{{- $isCurrent := include "temperature-converter.crdIsCurrent" . -}}
{{- if eq $isCurrent "" -}}
{{- and .Release.IsUpgrade (eq (include "temperature-converter.crdState" .) "absent") -}}
{{- else -}}
{{- eq $isCurrent "false" -}}
{{- end -}}
{{- end }}
