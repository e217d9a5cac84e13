#!/usr/bin/env bash
# Brings up everything on the test cluster: cluster, images, chart, and the sample DataPlane `edge` with its backend. It can be run at any time.
set -eu -o pipefail
up=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$up/../.." && pwd)
here=$top/e2e/cluster
. "$here/environment.sh"
. "$here/progress.sh"

readonly ROLLOUT=180s READY=180s ANSWER_SECONDS=30
namespace=holdfast-system
images=$top/.work/images
examples=$top/examples/kubernetes
gateway=http://127.0.0.1:30080

# image PROGRAM: its name with its tag, as it was built.
image() { cat "$images/$1.image"; }

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
    printf '{image: {repository: "%s", tag: "%s"}}\n' "$(image "$program" | cut -d : -f 1)" "$(image "$program" | cut -d : -f 2)"
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

# rollout NAMESPACE DEPLOYMENT
rollout() {
  if kubectl -n "$1" rollout status "deployment/$2" --timeout="$ROLLOUT"; then return; fi
  kubectl -n "$1" get pods -o wide
  kubectl -n "$1" logs "deployment/$2" --all-pods --prefix --tail=20 || true
  kubectl -n "$1" get events --sort-by=.lastTimestamp | tail -n 20
  fail "$1/$2 does not become ready within $ROLLOUT"
}

apply_sample() {
  step 'applying the sample: DataPlane edge, its routes, a backend'
  sed "s|image: holdfast/sample-backend:.*|image: $(image sample-backend)|" "$examples/backend.yaml" | kubectl apply -f -
  kubectl apply -f "$examples/routes.yaml" -f "$examples/edge.yaml"
}

wait_for_sample() {
  step 'waiting for the backend'
  rollout default app
  step 'waiting for DataPlane edge'
  kubectl -n default wait --for=condition=Ready dataplane/edge --timeout="$READY" ||
    fail "DataPlane edge is not ready within $READY: $(kubectl -n default get dataplane edge -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}')"
}

# The test cluster alone has its node port on this machine.
check_answer() {
  if [ -n "${KUBECONTEXT:-}" ]; then return; fi
  local deadline=$((SECONDS + ANSWER_SECONDS))
  until curl -fsS -m 2 "$gateway/hello"; do
    ((SECONDS < deadline)) || fail "nothing answers at $gateway within $ANSWER_SECONDS s: $(last_words)"
    sleep 0.5
  done
}

say_what_to_try() {
  local ask="curl $gateway/hello"
  [ -z "${KUBECONTEXT:-}" ] || ask='kubectl port-forward service/edge 8080:80 & curl http://127.0.0.1:8080/hello'
  cat >&3 <<TEXT

$(kubectl -n default get dataplane edge)

    . e2e/cluster/environment.sh                     # kubectl and helm, KUBECONFIG
    $ask

Try what goes wrong elsewhere, with  while sleep 0.1; do curl -sS -o /dev/null -w '%{http_code}\n' $gateway/; done  beside it:

    kubectl -n $namespace scale deployment/holdfast-controlplane --replicas=0   # no control plane: kubectl get dp; and back with --replicas=2
    kubectl drain holdfast-worker --ignore-daemonsets --delete-emptydir-data        # a node goes; kubectl uncordon holdfast-worker
    kubectl rollout restart deployment/edge
    kubectl edit configmap edge-routes                                              # break it: kubectl describe dp edge
TEXT
}

"$here/up.sh"
PATH=$top/node_modules/.bin:$PATH "$top/images/build.sh"
"$top/images/load.sh"
start_progress "$top/.work/up.log"
install_chart
step 'waiting for operator and control plane'
rollout "$namespace" holdfast-operator
rollout "$namespace" holdfast-controlplane
apply_sample
wait_for_sample
check_answer
step 'it is up'
say_what_to_try
