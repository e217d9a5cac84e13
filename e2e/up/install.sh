#!/usr/bin/env bash
# Brings up the test cluster with Holdfast installed from this checkout: cluster, images, chart. It can be run at any time.
set -eu -o pipefail
up=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$up/../.." && pwd)
here=$top/e2e/cluster
. "$here/environment.sh"
. "$here/progress.sh"
. "$up/rollout.sh"

namespace=holdfast-system
images=$top/.work/images

# image_values: the chart's values for the images that were built.
image_values() {
  local program
  for program in operator controlplane dataplane; do
    # The name of the program among the chart's values.
    case $program in
    controlplane) printf 'controlPlane: ' ;;
    dataplane) printf 'dataPlane: ' ;;
    *) printf '%s: ' "$program" ;;
    esac
    printf '{image: {repository: "%s", tag: "%s"}}\n' "$(built_image "$program" | cut -d : -f 1)" "$(built_image "$program" | cut -d : -f 2)"
  done
}

prepare_namespace() {
  kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f -
  kubectl label --overwrite namespace "$namespace" pod-security.kubernetes.io/enforce=restricted
}

# Resource definitions that somebody applied by hand become the release's, as helm wants to see it.
adopt_definitions() {
  local definition
  for definition in dataplanes.holdfast.dev configrevisions.holdfast.dev; do
    kubectl get crd "$definition" || continue
    kubectl label --overwrite crd "$definition" app.kubernetes.io/managed-by=Helm
    kubectl annotate --overwrite crd "$definition" meta.helm.sh/release-name=holdfast "meta.helm.sh/release-namespace=$namespace"
  done
}

install_chart() {
  step 'installing the chart'
  prepare_namespace
  adopt_definitions
  image_values >"$images/values.yaml"
  helm upgrade --install holdfast "$top/charts/holdfast" --namespace "$namespace" --values "$images/values.yaml"
  kubectl wait --for=condition=Established crd/dataplanes.holdfast.dev crd/configrevisions.holdfast.dev --timeout=30s
}

"$here/up.sh"
PATH=$top/node_modules/.bin:$PATH "$top/images/build.sh"
"$top/images/load.sh"
start_progress "$top/.work/install.log"
install_chart
step 'waiting for operator and control plane'
rollout "$namespace" holdfast-operator
rollout "$namespace" holdfast-controlplane
step 'Holdfast is installed'
