{{/* Labels that select the pods of a component. They are immutable: (dict "root" $ "component" …). */}}
{{- define "temperature-converter.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/*
Labels and annotations of an object or a pod template: (dict "root" $ "component" … "labels" {…} "annotations" {…}).
The chart's labels take precedence over the object's from the values, and those over the common ones.
*/}}
{{- define "temperature-converter.metadata" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/part-of" "temperature-converter"
  "app.kubernetes.io/managed-by" .root.Release.Service -}}
labels:
  {{- merge (include "temperature-converter.selectorLabels" . | fromYaml) $own (.labels | default dict) .root.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge dict (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
