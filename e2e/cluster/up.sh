#!/usr/bin/env bash
# Brings the test cluster up, or leaves a running one as it is, and waits until all of it answers.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/environment.sh"
. "$here/versions.sh"
. "$here/progress.sh"
. "$here/engine/engine.sh"
. "$here/programs.sh"
. "$here/node-image.sh"

readonly SETTLE_SECONDS=240
completed=/kind/holdfast-complete # a file in the control plane's node

list_nodes() { mapfile -t nodes < <(kind get nodes --name "$HOLDFAST_CLUSTER"); }

use_existing_cluster() {
  step "using the cluster of the context $KUBECONTEXT"
  command -v kubectl || fail 'KUBECONTEXT needs kubectl on PATH'
  if ! (umask 077 && KUBECONFIG=$USER_KUBECONFIG kubectl config view --minify --flatten --context="$KUBECONTEXT" >"$KUBECONFIG.new"); then
    rm -f "$KUBECONFIG.new"
    fail "there is no context $KUBECONTEXT"
  fi
  mv "$KUBECONFIG.new" "$KUBECONFIG"
  kubectl get --raw /readyz --request-timeout=10s || fail "the cluster of the context $KUBECONTEXT does not answer: $(last_words)"
  provide_helm
  # Images get into its nodes by kind.
  case $KUBECONTEXT in kind-*) provide_kind ;; esac
  step "it answers: KUBECONFIG=$KUBECONFIG"
}

# Four nodes, each with its own containerd and kubelet, use more inotify instances than a machine allows by default.
raise_inotify_limits() {
  local limit
  for limit in max_user_instances=8192 max_user_watches=1048576; do
    [ "$(cat "/proc/sys/fs/inotify/${limit%=*}")" -ge "${limit#*=}" ] || sysctl -qw "fs.inotify.$limit" || true
  done
}

create_cluster() {
  provide_node_image
  engine_can_run "$node_image" /bin/true
  provide_kubectl "$node_image"
  raise_inotify_limits
  step "creating the cluster ($node_image)"
  kind create cluster --name "$HOLDFAST_CLUSTER" --image "$node_image" --config "$here/kind.yaml"
  docker exec "$HOLDFAST_CLUSTER-control-plane" touch "$completed"
}

# A run that was interrupted leaves nodes that never become a cluster.
delete_incomplete_cluster() {
  list_nodes
  if [ "${#nodes[@]}" -eq 0 ] || docker cp "$HOLDFAST_CLUSTER-control-plane:$completed" - >/dev/null; then return; fi
  step 'deleting a cluster that was left incomplete'
  kind delete cluster --name "$HOLDFAST_CLUSTER"
  list_nodes
}

# A paused or stopped node runs again: after a scenario that broke off, or after the engine was stopped.
start_cluster() {
  local image
  docker ps -q --filter "label=io.x-k8s.kind.cluster=$HOLDFAST_CLUSTER" --filter status=paused | xargs -r docker unpause
  docker start "${nodes[@]}"
  image=$(docker inspect -f '{{.Config.Image}}' "${nodes[0]}")
  case $image in
  "$stock_image"* | "$built_image") ;;
  *) step "the cluster that is there runs another node image, $image; take it down to get the present one" ;;
  esac
  provide_kubectl "$image"
  kind export kubeconfig --name "$HOLDFAST_CLUSTER"
}

# settled: right after a start node conditions are stale, so each kubelet must have spoken since.
settled() {
  kubectl get --raw /readyz &&
    [[ $(kubectl get leases -n kube-node-lease -o jsonpath='{range .items[*]}{.spec.renewTime}{"\n"}{end}' | sort | head -n 1) > $last_start ]] &&
    kubectl wait --for=condition=Ready nodes --all --timeout=20s &&
    kubectl -n kube-system wait --for=condition=Ready pods --all --timeout=20s
}

wait_until_settled() {
  last_start=$(docker inspect -f '{{.State.StartedAt}}' "${nodes[@]}" | sort | tail -n 1)
  until settled; do
    if ((SECONDS > settle_deadline)); then
      kubectl get nodes,pods -A -o wide || true
      fail "the cluster does not become ready within $SETTLE_SECONDS s"
    fi
    sleep 1
  done
}

mkdir -p "$HOLDFAST_CACHE/bin"
exec 9>"$HOLDFAST_CACHE/lock"
flock -n 9 || { echo 'another run is busy with the test cluster; wait for it' >&2 && exit 1; }
start_progress "$HOLDFAST_CACHE/up.log"

if [ -n "${KUBECONTEXT:-}" ]; then
  use_existing_cluster
  exit 0
fi
engine_up
provide_kind
provide_helm
delete_incomplete_cluster
if [ "${#nodes[@]}" -eq 0 ]; then create_cluster; else start_cluster; fi
list_nodes
step 'waiting for the nodes and the cluster DNS'
settle_deadline=$((SECONDS + SETTLE_SECONDS))
wait_until_settled
step "the cluster is up: ${#nodes[@]} nodes, KUBECONFIG=$KUBECONFIG"
