{{- /* Labels by which Services, budgets and Deployments select pods: (list $ "COMPONENT"). They never change. */ -}}
{{- define "holdfast.selector" -}}
app.kubernetes.io/name: holdfast-{{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end -}}

{{- /* Labels of everything of a component: (list $ "COMPONENT") */ -}}
{{- define "holdfast.labels" -}}
{{- $root := index . 0 -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end -}}
