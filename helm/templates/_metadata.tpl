{{/*
Labels that identify an object of a component: (dict "root" $ "component" …). No value changes the component, and converters
have another one.
*/}}
{{- define "temperature-converter.objectLabels" -}}
{{- $dependency := include "temperature-converter.dependencyPath" .root | fromJson -}}
{{- $instance := prepend $dependency.names .root.Release.Name | join "_" | trimAll "-_." -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default (include "temperature-converter.labelValue" .root.Chart.Name) | default "temperature-converter-operator" | quote }}
app.kubernetes.io/instance: {{ include "temperature-converter.shorten" (dict "name" $instance "max" 63) | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/*
Labels that select the pods of a component. They are immutable. The instance is not that of the objects: the default converter
has the name of the release, and a selector of a user for its instance must not match a pod of the chart.
*/}}
{{- define "temperature-converter.selectorLabels" -}}
{{- $labels := include "temperature-converter.objectLabels" . | fromYaml -}}
{{- set $labels "app.kubernetes.io/instance" (include "temperature-converter.fullname" .root) | toYaml -}}
{{- end }}

{{/* A text as the value of a label. */}}
{{- define "temperature-converter.labelValue" -}}
{{- regexReplaceAll "[^-A-Za-z0-9_.]" . "_" | trunc 63 | trimAll "-_." -}}
{{- end }}

{{/*
Labels and annotations of an object: (dict "root" $ "component" … "labels" {…} "annotations" {…}); of a pod, with "isPod" true.
The object's labels from the values take precedence over the common ones. No value sets a label of the chart (_checks.tpl).
*/}}
{{- define "temperature-converter.metadata" -}}
{{- $own := dict
  "helm.sh/chart" (include "temperature-converter.labelValue" (printf "%s-%s" .root.Chart.Name .root.Chart.Version))
  "app.kubernetes.io/version" (include "temperature-converter.labelValue" .root.Chart.AppVersion)
  "app.kubernetes.io/part-of" "temperature-converter"
  "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $identity := ternary "selectorLabels" "objectLabels" (.isPod | default false) | printf "temperature-converter.%s" -}}
labels:
  {{- merge (include $identity . | fromYaml) $own (.labels | default dict) (.root.Values.commonLabels | default dict) | toYaml | nindent 2 }}
{{- with merge dict (.annotations | default dict) (.root.Values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels and annotations of a hook's pod: (dict "root" $ "component" … "annotations" {…}). */}}
{{- define "temperature-converter.hookPodMetadata" -}}
{{- $labels := include "temperature-converter.withoutNulls" .root.Values.hooks.podLabels | fromYaml -}}
{{- $annotations := include "temperature-converter.withoutNulls" .root.Values.hooks.podAnnotations | fromYaml -}}
{{- include "temperature-converter.metadata" (merge (dict "isPod" true "labels" $labels "annotations" (merge (dict) (.annotations | default dict) $annotations)) .) -}}
{{- end }}
