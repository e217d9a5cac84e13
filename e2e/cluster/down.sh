#!/usr/bin/env bash
# Deletes the test cluster; with --all it also stops the Docker engine that up.sh started and removes the node image and the cache.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/environment.sh"
. "$here/progress.sh"
. "$here/engine/engine.sh"

delete_cluster() {
  command -v kind || return 0 # up.sh has never come as far as a cluster
  step 'deleting the cluster'
  kind delete cluster --name "$HOLDFAST_CLUSTER"
}

remove_all() {
  if engine_answers && ! engine_is_ours; then
    step 'removing the node image'
    docker image ls -q --filter reference=holdfast/node | sort -u | xargs -r docker image rm -f
  fi
  if engine_is_ours; then
    step 'stopping the Docker engine'
    stop_engine
  fi
  if grep -qF " $engine/" /proc/mounts; then fail "the engine left file systems mounted under $engine"; fi
  step "removing $HOLDFAST_CACHE"
  # By name: the directory may have been chosen by hand, and hold other things.
  rm -rf "$engine" "${HOLDFAST_CACHE:?}"/{bin,build,lock} "$HOLDFAST_CACHE"/{kubeconfig*,base-*.tar*,node-*.tar*,*.log}
  rmdir "$HOLDFAST_CACHE" || true
}

[ -d "$HOLDFAST_CACHE" ] || exit 0
exec 9>"$HOLDFAST_CACHE/lock"
flock -n 9 || { echo 'another run is busy with the test cluster; wait for it' >&2 && exit 1; }
start_progress "$HOLDFAST_CACHE/down.log"

case ${1:-} in
'' | --all) ;;
*) fail "usage: down.sh [--all], not $1" ;;
esac
if [ -n "${KUBECONTEXT:-}" ]; then
  step "leaving the cluster of the context $KUBECONTEXT as it is"
  exit 0
fi
if engine_answers; then
  delete_cluster
elif [ -d "$engine/data" ] && [ "${1:-}" != --all ]; then
  step 'starting the Docker engine, which holds the stopped cluster'
  start_engine
  delete_cluster
  stop_engine
fi
[ "${1:-}" != --all ] || remove_all
step 'the cluster is down'
