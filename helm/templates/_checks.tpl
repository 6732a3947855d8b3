{{/*
Refuses combinations of valid values that the API server would refuse, or that cannot work, before Helm applies anything.
values.schema.json refuses what is wrong in one value.
*/}}
{{- define "temperature-converter.checkValues" -}}
{{- include "temperature-converter.checkOperator" . -}}
{{- include "temperature-converter.checkConverter" . -}}
{{- include "temperature-converter.checkNames" . -}}
{{- include "temperature-converter.checkImages" . -}}
{{- include "temperature-converter.checkSecurity" . -}}
{{- include "temperature-converter.checkMonitoring" . -}}
{{- include "temperature-converter.checkMetadata" . -}}
{{- include "temperature-converter.checkNamespaces" . -}}
{{- end }}

{{- define "temperature-converter.checkOperator" -}}
{{- if and (gt (int .Values.operator.replicas) 1) (not .Values.operator.leaderElection.enabled) -}}
{{- fail "operator.replicas: more than one replica would write at once without leader election; set operator.leaderElection.enabled=true" -}}
{{- end -}}
{{- include "temperature-converter.checkResources" (dict "path" "operator.resources" "resources" .Values.operator.resources) -}}
{{- include "temperature-converter.checkKeys" (dict "path" "operator.nodeSelector" "map" .Values.operator.nodeSelector) -}}
{{- include "temperature-converter.checkSpread" (dict "path" "operator.topologySpreadConstraints" "constraints" .Values.operator.topologySpreadConstraints) -}}
{{- $names := splitList "," (include "temperature-converter.ownVariables" .) -}}
{{- range .Values.operator.extraEnv -}}
{{- if has .name $names -}}
{{- fail (printf "operator.extraEnv: %s is already set, by another value of the chart or by an earlier entry" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range .Values.operator.extraArgs -}}
{{- if hasPrefix "--debug-port=" . -}}
{{- $port := trimPrefix "--debug-port=" . -}}
{{- if or (not (regexMatch "^[0-9]{1,5}$" $port)) (gt (int $port) 65535) (has $port (list "8080" "8081")) -}}
{{- fail (printf "operator.extraArgs: %s: the port must be a number from 0 to 65535, and not 8080 or 8081, which the operator uses" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.networkPolicy.extraEgress }}{{ include "temperature-converter.checkPorts" (dict "path" "networkPolicy.extraEgress" "ports" .ports) }}{{ end -}}
{{- range .Values.networkPolicy.extraIngress }}{{ include "temperature-converter.checkPorts" (dict "path" "networkPolicy.extraIngress" "ports" .ports) }}{{ end -}}
{{- end }}

{{/* Environment variables of the operator that the chart sets, separated by commas. */}}
{{- define "temperature-converter.ownVariables" -}}
CONVERTER_IMAGE,WATCH_NAMESPACES,WORKERS,LOG_LEVEL,LEADER_ELECT,LEADER_ELECTION_LEASE,METRICS_PORT,HEALTH_PORT,POD_NAME,POD_NAMESPACE
{{- end }}

{{- define "temperature-converter.checkConverter" -}}
{{- $scaling := .Values.instance.autoscaling -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- fail (printf "instance.autoscaling.minReplicas: %v is more than instance.autoscaling.maxReplicas, %v" $scaling.minReplicas $scaling.maxReplicas) -}}
{{- end -}}
{{- if and .Values.service.nodePort (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.nodePort: only a Service of type NodePort or LoadBalancer has one; set service.type" -}}
{{- end -}}
{{- $ranges := "service.beta.kubernetes.io/load-balancer-source-ranges" -}}
{{- if and (hasKey (.Values.service.annotations | default dict) $ranges) (ne .Values.service.type "LoadBalancer") -}}
{{- fail (printf "service.annotations: only a Service of type LoadBalancer may have %s; set service.type" $ranges) -}}
{{- end -}}
{{- if and .Values.service.externalTrafficPolicy (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.externalTrafficPolicy: only a Service of type NodePort or LoadBalancer has one; set service.type" -}}
{{- end -}}
{{- range $field := list "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- if and (index $.Values.service $field) (ne $.Values.service.type "LoadBalancer") -}}
{{- fail (printf "service.%s: only a Service of type LoadBalancer has it; set service.type" $field) -}}
{{- end -}}
{{- end -}}
{{- if hasKey (.Values.commonAnnotations | default dict) $ranges -}}
{{- fail (printf "commonAnnotations: %s belongs in service.loadBalancerSourceRanges" $ranges) -}}
{{- end -}}
{{- include "temperature-converter.checkResources" (dict "path" "instance.resources" "resources" .Values.instance.resources) -}}
{{- $pod := .Values.instance.pod | default dict -}}
{{- include "temperature-converter.checkKeys" (dict "path" "instance.pod.nodeSelector" "map" $pod.nodeSelector) -}}
{{- include "temperature-converter.checkSpread" (dict "path" "instance.pod.topologySpreadConstraints" "constraints" $pod.topologySpreadConstraints) -}}
{{- with .Values.instance.image -}}
{{- include "temperature-converter.checkImageLength" (dict "path" "instance.image" "image" .) -}}
{{- end -}}
{{- end }}

{{/* The default converter and its children must not have the name of one of the operator's objects. */}}
{{- define "temperature-converter.checkNames" -}}
{{- $operator := include "temperature-converter.fullname" . -}}
{{- $instance := include "temperature-converter.instanceName" . -}}
{{- if and .Values.instance.enabled (has $instance (list $operator (include "temperature-converter.metricsServiceName" .))) -}}
{{- fail (printf "instance.name: %s is the name of an object of the operator; set instance.name or fullnameOverride to another name" $instance) -}}
{{- end -}}
{{- $job := printf "%s-crds" $operator -}}
{{- if eq (include "temperature-converter.serviceAccountName" .) $job -}}
{{- fail (printf "serviceAccount.name: %s is the ServiceAccount of the Job that updates the definition" $job) -}}
{{- end -}}
{{- end }}

{{- define "temperature-converter.checkImages" -}}
{{- range $component := list "converter" "operator" -}}
{{- $image := include "temperature-converter.image" (dict "root" $ "image" (index $.Values $component).image) -}}
{{- include "temperature-converter.checkImageLength" (dict "path" (printf "%s.image.repository" $component) "image" $image) -}}
{{- end -}}
{{- end }}

{{/* A container runtime takes 255 characters before the tag, with what a short name stands for: (dict "path" … "image" …). */}}
{{- define "temperature-converter.checkImageLength" -}}
{{- $name := regexFind "^([^@]*/)?[^:/@]*" .image -}}
{{- $short := regexMatch "^([^/@]*[.:][^/@]*|localhost)/" .image | ternary "" (contains "/" $name | ternary "docker.io/" "docker.io/library/") -}}
{{- if or (gt (len (print $short $name)) 255) (gt (len .image) 512) -}}
{{- fail (printf "%s: an image has at most 255 characters before the tag and 512 in total: %s" .path .image) -}}
{{- end -}}
{{- if regexMatch "^[a-f0-9]{64}(:|@|$)" .image -}}
{{- fail (printf "%s: 64 hexadecimal digits are the ID of an image and not a repository" .path) -}}
{{- end -}}
{{- end }}

{{/* The security contexts, which the containers of the chart combine. */}}
{{- define "temperature-converter.checkSecurity" -}}
{{- $pod := include "temperature-converter.withoutNulls" .Values.podSecurityContext | fromYaml -}}
{{- $container := include "temperature-converter.withoutNulls" .Values.securityContext | fromYaml -}}
{{- /* Not merged, which would take 0 and false for missing. */ -}}
{{- $nonRoot := get (hasKey $container "runAsNonRoot" | ternary $container $pod) "runAsNonRoot" -}}
{{- $user := get (hasKey $container "runAsUser" | ternary $container $pod) "runAsUser" -}}
{{- if and $nonRoot (eq (toString $user) "0") -}}
{{- $path := hasKey $container "runAsUser" | ternary "securityContext" "podSecurityContext" -}}
{{- fail (printf "%s.runAsUser: 0 is root, which runAsNonRoot refuses" $path) -}}
{{- end -}}
{{- $added := dig "capabilities" "add" list $container | default list -}}
{{- if and (hasKey $container "allowPrivilegeEscalation") (not $container.allowPrivilegeEscalation) (or $container.privileged (has "SYS_ADMIN" $added) (has "CAP_SYS_ADMIN" $added)) -}}
{{- fail "securityContext.allowPrivilegeEscalation: must not be false with privileged or the capability SYS_ADMIN" -}}
{{- end -}}
{{- end }}

{{- define "temperature-converter.checkMonitoring" -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.service.enabled) -}}
{{- fail "metrics.serviceMonitor.enabled: a ServiceMonitor needs a Service; set metrics.service.enabled=true" -}}
{{- end -}}
{{- /* Without a cluster (helm template), its kinds are unknown. */ -}}
{{- if .Capabilities.APIVersions.Has "v1/Pod" -}}
{{- range $kind := list "ServiceMonitor" "PodMonitor" "PrometheusRule" -}}
{{- $value := untitle $kind -}}
{{- if and (index $.Values.metrics $value).enabled (not ($.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind))) -}}
{{- fail (printf "metrics.%s.enabled: the cluster does not have the kind %s; install the Prometheus Operator first" $value $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $kind := list "serviceMonitor" "podMonitor" -}}
{{- $scrape := index $.Values.metrics $kind -}}
{{- if and $scrape.interval $scrape.scrapeTimeout -}}
{{- if gt (include "temperature-converter.milliseconds" $scrape.scrapeTimeout | float64) (include "temperature-converter.milliseconds" $scrape.interval | float64) -}}
{{- fail (printf "metrics.%s.scrapeTimeout: %s is more than the interval, %s" $kind $scrape.scrapeTimeout $scrape.interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A duration of Prometheus, for instance 1m30s, in milliseconds. */}}
{{- define "temperature-converter.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 "w" 604800000 "y" 31536000000 -}}
{{- $sum := 0 -}}
{{- range regexFindAll "[0-9]+(ms|[smhdwy])" . -1 -}}
{{- $sum = add $sum (mul (regexFind "[0-9]+" . | int64) (get $units (regexFind "[a-z]+" .))) -}}
{{- end -}}
{{- $sum -}}
{{- end }}

{{/* Every map of labels and annotations in the values. */}}
{{- define "temperature-converter.checkMetadata" -}}
{{- $pod := .Values.instance.pod | default dict -}}
{{- $metrics := .Values.metrics -}}
{{- $labels := dict
  "commonLabels" .Values.commonLabels
  "instance.labels" .Values.instance.labels
  "instance.pod.labels" $pod.labels
  "operator.labels" .Values.operator.labels
  "operator.podLabels" .Values.operator.podLabels
  "hooks.podLabels" .Values.hooks.podLabels
  "metrics.service.labels" $metrics.service.labels
  "metrics.serviceMonitor.labels" $metrics.serviceMonitor.labels
  "metrics.podMonitor.labels" $metrics.podMonitor.labels
  "metrics.prometheusRule.labels" $metrics.prometheusRule.labels
  "metrics.dashboard.labels" $metrics.dashboard.labels -}}
{{- range $path, $map := $labels -}}
{{- include "temperature-converter.checkKeys" (dict "path" $path "map" $map) -}}
{{- range $key, $_ := $map -}}
{{- if regexMatch "^(app\\.kubernetes\\.io/(name|instance|component|part-of|managed-by|version)|helm\\.sh/chart|pod-template-hash|job-name|controller-uid|(batch\\.kubernetes|rbac\\.authorization\\.k8s)\\.io/.*)$" $key -}}
{{- fail (printf "%s: the label %s is reserved for the chart, Kubernetes and the operator" $path $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $annotations := dict
  "commonAnnotations" .Values.commonAnnotations
  "service.annotations" .Values.service.annotations
  "instance.annotations" .Values.instance.annotations
  "instance.pod.annotations" $pod.annotations
  "operator.annotations" .Values.operator.annotations
  "operator.podAnnotations" .Values.operator.podAnnotations
  "hooks.podAnnotations" .Values.hooks.podAnnotations
  "serviceAccount.annotations" .Values.serviceAccount.annotations
  "metrics.service.annotations" $metrics.service.annotations
  "metrics.dashboard.annotations" $metrics.dashboard.annotations -}}
{{- range $path, $map := $annotations -}}
{{- include "temperature-converter.checkKeys" (dict "path" $path "map" $map) -}}
{{- $bytes := 0 -}}
{{- range $key, $value := $map -}}
{{- $bytes = add $bytes (len $key) (len (print $value)) -}}
{{- if regexMatch "^(?i)(helm\\.sh/hook(-.*)?|meta\\.helm\\.sh/.*|temperature-converter\\.io/.*|kubernetes\\.io/config\\.mirror|deployment\\.kubernetes\\.io/.*|kubectl\\.kubernetes\\.io/last-applied-configuration)$" $key -}}
{{- fail (printf "%s: the annotation %s is reserved for Helm, Kubernetes and the operator" $path $key) -}}
{{- end -}}
{{- end -}}
{{- /* The common annotations are added to the others. */ -}}
{{- $most := eq $path "commonAnnotations" | ternary 49152 196608 -}}
{{- if gt (int $bytes) $most -}}
{{- fail (printf "%s: must be at most %d bytes in all, keys and values together" $path $most) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The part of a key before its slash is a DNS name of at most 253 characters: (dict "path" … "map" …). */}}
{{- define "temperature-converter.checkKeys" -}}
{{- range $key, $_ := .map -}}
{{- if and (contains "/" $key) (gt (len (splitList "/" $key | first)) 253) -}}
{{- fail (printf "%s: the part before the slash has at most 253 characters: %s" $.path $key) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Without a cluster (helm template), no namespace is checked. */}}
{{- define "temperature-converter.checkNamespaces" -}}
{{- if and .Values.instance.enabled .Values.watchNamespaces (not (has .Release.Namespace .Values.watchNamespaces)) -}}
{{- fail (printf "watchNamespaces: the default converter is in the namespace %s, which the operator would not watch; add it, or set instance.enabled=false" .Release.Namespace) -}}
{{- end -}}
{{- $named := dict "watchNamespaces" (.Values.watchNamespaces | default list) -}}
{{- if .Values.metrics.dashboard.enabled }}{{ $_ := set $named "metrics.dashboard.namespace" (list .Values.metrics.dashboard.namespace) }}{{ end -}}
{{- range $path, $namespaces := $named -}}
{{- range without $namespaces $.Release.Namespace "" -}}
{{- if and (lookup "v1" "Namespace" "" $.Release.Namespace) (not (lookup "v1" "Namespace" "" .)) -}}
{{- fail (printf "%s: the namespace %s does not exist" $path .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Requests must not be more than limits: (dict "path" … "resources" …). */}}
{{- define "temperature-converter.checkResources" -}}
{{- $limits := dig "limits" dict (.resources | default dict) | default dict -}}
{{- range $name, $request := dig "requests" dict (.resources | default dict) | default dict -}}
{{- if hasKey $limits $name -}}
{{- $limit := get $limits $name -}}
{{- if gt (include "temperature-converter.quantity" $request | float64) (include "temperature-converter.quantity" $limit | float64) -}}
{{- fail (printf "%s.requests.%s: %v is more than the limit, %v" $.path $name $request $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A quantity, for instance 100m or 1Gi, as a number. */}}
{{- define "temperature-converter.quantity" -}}
{{- $text := toString . -}}
{{- $suffix := regexFind "([numkMGTPE]|[KMGTPE]i)$" $text -}}
{{- $units := dict "" "1" "n" "1e-9" "u" "1e-6" "m" "1e-3" "k" "1e3" "M" "1e6" "G" "1e9" "T" "1e12" "P" "1e15" "E" "1e18" "Ki" "1024" "Mi" "1048576" "Gi" "1073741824" "Ti" "1099511627776" "Pi" "1125899906842624" "Ei" "1152921504606846976" -}}
{{- mulf (trimSuffix $suffix $text | float64) (get $units $suffix | float64) -}}
{{- end }}

{{/* (dict "path" … "constraints" …) */}}
{{- define "temperature-converter.checkSpread" -}}
{{- $seen := list -}}
{{- range .constraints -}}
{{- $pair := printf "%s with %s" .topologyKey .whenUnsatisfiable -}}
{{- if has $pair $seen -}}
{{- fail (printf "%s: there is more than one constraint for %s" $.path $pair) -}}
{{- end -}}
{{- $seen = append $seen $pair -}}
{{- $selector := .labelSelector | default dict -}}
{{- include "temperature-converter.checkKeys" (dict "path" (printf "%s.labelSelector" $.path) "map" $selector.matchLabels) -}}
{{- $selected := keys ($selector.matchLabels | default dict) -}}
{{- range $selector.matchExpressions }}{{ $selected = append $selected .key }}{{ end -}}
{{- range .matchLabelKeys -}}
{{- if has . $selected -}}
{{- fail (printf "%s: matchLabelKeys must not name the label %s, which labelSelector names" $.path .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* (dict "path" … "ports" …) */}}
{{- define "temperature-converter.checkPorts" -}}
{{- range .ports -}}
{{- if and .endPort (lt (int .endPort) (int .port)) -}}
{{- fail (printf "%s: endPort %v is less than port %v" $.path .endPort .port) -}}
{{- end -}}
{{- end -}}
{{- end }}
