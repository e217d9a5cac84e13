#!/usr/bin/env bash
# Checks the chart: helm lint, kube-score, and a server-side dry-run with strict field validation on the running cluster.
set -eu -o pipefail
charts=$(cd "$(dirname "$0")" && pwd)
here=$charts/../e2e/cluster
. "$here/environment.sh"
. "$here/versions.sh"
. "$here/progress.sh"
. "$here/programs.sh"

readonly KUBE_SCORE=v1.20.0
work=$charts/../.work/charts
chart=$charts/holdfast
digest=sha256:$(printf 'a%.0s' $(seq 64))

# What kube-score asks for, and the chart does otherwise on purpose.
exceptions=(
  # A tag is a version, which never changes: asking the registry at each start would tie a restart to the registry being there.
  --ignore-test container-image-pull-policy
  # A leader that is throttled loses its Lease; requests say what it needs.
  --ignore-container-cpu-limit
  # The root is read-only and no volume is there to write to; a limit would evict a pod for its log.
  --ignore-test container-ephemeral-storage-request-and-limit
  # Who may reach the API for metrics is the cluster's to say, and a policy that forgets one cuts instances off. Tokens guard the stream.
  --ignore-test pod-networkpolicy
  # Topology spread constraints do it, for nodes and zones.
  --ignore-test deployment-has-host-podantiaffinity
)

# Built as a Go module it does not know its own version; Go does.
have_kube_score() {
  local module
  module=$(go version -m "$(command -v kube-score)") && [[ $module == *kube-score*"$KUBE_SCORE"* ]]
}

# render NAME [OPTION...]: what helm makes of the chart goes to $work/NAME.yaml.
render() {
  local name=$1
  shift
  helm template holdfast "$chart" --namespace holdfast-system --kube-version "$kubernetes_version" "$@" >"$work/$name.yaml"
}

check() {
  step "checking $1"
  kube-score score --output-format ci "${exceptions[@]}" "$work/$1.yaml" || fail "kube-score objects to $1: $(grep -m 1 -E '^\[(CRITICAL|WARNING)' "$progress_log")"
  kubectl create namespace holdfast-system --dry-run=client -o yaml | kubectl apply -f -
  kubectl apply --dry-run=server --validate=strict -f "$work/$1.yaml"
}

mkdir -p "$work" "$programs"
start_progress "$work/check.log"
have_kube_score || go_install kube-score "github.com/zegl/kube-score/cmd/kube-score@$KUBE_SCORE"
step 'linting'
helm lint --strict "$chart"
render defaults
render everything --set 'watchNamespaces={default,kube-public}' --set 'imagePullSecrets[0].name=registry' \
  --set "operator.image.digest=$digest" --set "controlPlane.image.digest=$digest" --set "dataPlane.image.digest=$digest" \
  --set 'controlPlane.endpoints={wss://gateways.example.com}' --set operator.priorityClassName=system-cluster-critical \
  --set 'operator.tolerations[0].operator=Exists' --set 'controlPlane.podAnnotations.example\.com/scrape=yes' \
  --set 'controlPlane.nodeSelector.kubernetes\.io/os=linux'
render single --set operator.replicas=1 --set controlPlane.replicas=1 --set crds.install=false
check defaults
check everything
check single
step 'the chart is sound'
