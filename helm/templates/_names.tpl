{{/* Name of the operator's objects: the release's, with "-operator"; short enough for the suffixes. */}}
{{- define "temperature-converter.fullname" -}}
{{- $name := .Values.fullnameOverride | default (printf "%s-operator" (.Release.Name | trimSuffix "-operator")) -}}
{{- $name | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* Name of the default TemperatureConverter, which must be a valid Service name: it begins with a letter and has no dots. */}}
{{- define "temperature-converter.instanceName" -}}
{{- $derived := .Release.Name | trimSuffix "-operator" | replace "." "-" -}}
{{- if not (regexMatch "^[a-z]" $derived) }}{{ $derived = printf "tc-%s" $derived }}{{ end -}}
{{- .Values.instance.name | default $derived -}}
{{- end }}

{{- define "temperature-converter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "temperature-converter.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "temperature-converter.metricsServiceName" -}}
{{ include "temperature-converter.fullname" . }}-metrics
{{- end }}

{{/* One Lease for each release, so that two releases in a namespace do not block each other. */}}
{{- define "temperature-converter.leaseName" -}}
{{ include "temperature-converter.fullname" . }}
{{- end }}

{{/* Name of the CustomResourceDefinition. */}}
{{- define "temperature-converter.crdName" -}}
temperatureconverters.temperature-converter.io
{{- end }}
