{{/* Refuses combinations of valid values. */}}
{{- define "temperature-converter.checkValues" -}}
{{- if and (gt (int .Values.operator.replicas) 1) (not .Values.operator.leaderElection.enabled) -}}
{{- fail "operator.replicas: more than one replica would write at once without leader election; set operator.leaderElection.enabled=true" -}}
{{- end -}}
{{- if and .Values.instance.enabled .Values.watchNamespaces (not (has .Release.Namespace .Values.watchNamespaces)) -}}
{{- fail (printf "watchNamespaces: the default converter is in the namespace %s, which the operator would not watch; add it, or set instance.enabled=false" .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled: a ServiceMonitor needs a Service; set metrics.service.enabled=true" -}}
{{- end -}}
{{- if and .Values.service.nodePort (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.nodePort: only a Service of type NodePort or LoadBalancer has one; set service.type" -}}
{{- end -}}
{{- end }}
