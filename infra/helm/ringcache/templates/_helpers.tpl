{{- define "ringcache.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ringcache.headless" -}}
{{- printf "%s-members" (include "ringcache.fullname" .) -}}
{{- end -}}

{{- define "ringcache.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "ringcache.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "ringcache.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "ringcache.labels" -}}
{{ include "ringcache.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- /* The host by which others reach a pod, and a certificate names it. */ -}}
{{- define "ringcache.host" -}}
{{- if eq .Values.discovery.type "kubernetes" -}}
$(POD_IP)
{{- else -}}
$(POD_NAME).{{ include "ringcache.headless" . }}.{{ .Release.Namespace }}.svc.{{ .Values.discovery.clusterDomain }}
{{- end -}}
{{- end -}}

{{- /* A release may have dots in its name, a cluster may not. */ -}}
{{- define "ringcache.cluster" -}}
{{ default (replace "." "-" .Release.Name) .Values.cluster }}
{{- end -}}

{{- define "ringcache.scheme" -}}
{{- if .Values.tls.secretName -}}https{{- else -}}http{{- end -}}
{{- end -}}

{{- /* node.yaml. Who a pod is, and where it listens, its environment says. */ -}}
{{- define "ringcache.node" -}}
member:
  cluster: {{ include "ringcache.cluster" . | quote }}
discovery:
  type: {{ .Values.discovery.type }}
{{- if eq .Values.discovery.type "kubernetes" }}
  service: {{ include "ringcache.headless" . }}
{{- else if eq .Values.discovery.type "dns" }}
  name: {{ printf "_grpc._tcp.%s.%s.svc.%s" (include "ringcache.headless" .) .Release.Namespace .Values.discovery.clusterDomain | quote }}
  httpPort: 8081
{{- else }}
  hosts: {{ toJson .Values.discovery.hosts }}
{{- end }}
{{- if .Values.tls.secretName }}
tls:
  cert: /etc/ringcache/tls/tls.crt
  key: /etc/ringcache/tls/tls.key
  ca: /etc/ringcache/tls/ca.crt
  clientAuth: {{ .Values.tls.clientAuth }}
{{- end }}
{{ toYaml .Values.config }}
{{- end -}}
