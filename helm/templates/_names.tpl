{{/* Names of the charts between the root chart of the release and this one, with aliases: a JSON list under "names". */}}
{{- define "temperature-converter.dependencyPath" -}}
{{- $charts := regexSplit "/charts/" (.Template.BasePath | trimSuffix "/templates") -1 -}}
{{- dict "names" (without (rest $charts) "temperature-converter-operator") | toJson -}}
{{- end }}

{{/* A name of at most "max" characters; a hash keeps two long names apart: (dict "name" … "max" …). */}}
{{- define "temperature-converter.shorten" -}}
{{- if gt (len .name) (int .max) -}}
{{- printf "%s-%s" (.name | trunc (sub .max 7 | int) | trimAll "-_.") (sha256sum .name | trunc 6) -}}
{{- else -}}
{{- .name -}}
{{- end -}}
{{- end }}

{{/*
The common part of all names: the release's, and in a parent chart the alias of the dependency. It is valid for a Service before
Kubernetes relaxed these names: it begins with a letter and has no dots.
*/}}
{{- define "temperature-converter.baseName" -}}
{{- $dependency := include "temperature-converter.dependencyPath" . | fromJson -}}
{{- $name := prepend $dependency.names .Release.Name | join "-" | lower | trimSuffix "-operator" -}}
{{- $name = $name | replace "." "-" | replace "_" "-" | trimAll "-" -}}
{{- if not (regexMatch "^[a-z]" $name) }}{{ $name = printf "tc-%s" $name }}{{ end -}}
{{- $name -}}
{{- end }}

{{/* Name of the operator's objects, short enough for the suffixes. */}}
{{- define "temperature-converter.fullname" -}}
{{- $base := include "temperature-converter.shorten" (dict "name" (include "temperature-converter.baseName" .) "max" 41) -}}
{{- .Values.fullnameOverride | default (printf "%s-operator" $base) -}}
{{- end }}

{{/* Name of the default TemperatureConverter, and of its Service. */}}
{{- define "temperature-converter.instanceName" -}}
{{- $derived := include "temperature-converter.shorten" (dict "name" (include "temperature-converter.baseName" .) "max" 63) -}}
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
