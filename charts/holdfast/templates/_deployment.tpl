{{- /*
The Deployment of a program: (dict "root" $ "component" NAME "values" VALUES "args" LIST "ports" LIST "statusPort" NAME)
*/ -}}
{{- define "holdfast.deployment" -}}
{{- $selector := include "holdfast.selector" (list .root .component) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: holdfast-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "holdfast.labels" (list .root .component) | nindent 4 }}
spec:
  replicas: {{ .values.replicas }}
  selector:
    matchLabels: {{- $selector | nindent 6 }}
  strategy:
    type: RollingUpdate
    # The new replica is ready before an old one goes, so that there is a standby all the time.
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      labels:
        {{- $selector | nindent 8 }}
        app.kubernetes.io/part-of: holdfast
      annotations:
        kubectl.kubernetes.io/default-container: {{ .component }}
        {{- with .values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: holdfast-{{ .component }}
      automountServiceAccountToken: true
      # Kubernetes' variables for every Service of the namespace: one named holdfast-... must not look like a setting.
      enableServiceLinks: false
      {{- with .values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        seccompProfile: {type: RuntimeDefault}
      # Not strict: on a cluster of one node both must run.
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          maxSkew: 1
          labelSelector:
            matchLabels: {{- $selector | nindent 14 }}
          matchLabelKeys: [pod-template-hash]
          nodeTaintsPolicy: Honor
        {{- end }}
      {{- with .values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      tolerations:
        # Of a lost node; Kubernetes' own default is five minutes without a standby.
        - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
        - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 30}
        {{- with .values.tolerations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      terminationGracePeriodSeconds: 20
      containers:
        - name: {{ .component }}
          image: {{ include "holdfast.image" (list .root .values.image) }}
          imagePullPolicy: {{ .root.Values.imagePullPolicy }}
          args: {{- toYaml .args | nindent 12 }}
          ports: {{- toYaml .ports | nindent 12 }}
          readinessProbe:
            httpGet: {path: /status/ready, port: {{ .statusPort }}}
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          livenessProbe:
            httpGet: {path: /status, port: {{ .statusPort }}}
            initialDelaySeconds: 15
            periodSeconds: 20
            timeoutSeconds: 5
            failureThreshold: 6
          resources: {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{- /* What a node drain may take at a time: as above. With one replica a budget would block every drain. */ -}}
{{- define "holdfast.disruption-budget" -}}
{{- if gt (int .values.replicas) 1 -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: holdfast-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "holdfast.labels" (list .root .component) | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "holdfast.selector" (list .root .component) | nindent 6 }}
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
{{- end -}}
{{- end -}}
