#!/usr/bin/env bash
# Brings up everything on the test cluster: Holdfast, and the sample DataPlane `edge` with its backend. It can be run at any time.
set -eu -o pipefail
up=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$up/../.." && pwd)
here=$top/e2e/cluster
. "$here/environment.sh"
. "$here/progress.sh"
. "$up/rollout.sh"

readonly READY=180s ANSWER_SECONDS=30
examples=$top/examples/kubernetes
gateway=http://127.0.0.1:30080

apply_sample() {
  step 'applying the sample: DataPlane edge, its routes, a backend'
  sed "s|image: holdfast/sample-backend:.*|image: $(built_image sample-backend)|" "$examples/backend.yaml" | kubectl apply -f -
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

    kubectl -n holdfast-system scale deployment/holdfast-controlplane --replicas=0   # no control plane: kubectl get dp; and back with --replicas=2
    kubectl drain holdfast-worker --ignore-daemonsets --delete-emptydir-data        # a node goes; kubectl uncordon holdfast-worker
    kubectl rollout restart deployment/edge
    kubectl edit configmap edge-routes                                              # a change goes out in steps: kubectl get configrevisions
                                                                                    # broken, it is refused: kubectl describe dp edge
TEXT
}

"$up/install.sh"
start_progress "$top/.work/up.log"
apply_sample
wait_for_sample
check_answer
step 'it is up'
say_what_to_try
