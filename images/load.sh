#!/usr/bin/env bash
# Brings the images that were built into the nodes of the test cluster; those that a node has stay.
set -eu -o pipefail
images=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$images")
here=$top/e2e/cluster
. "$here/environment.sh"
. "$here/progress.sh"

work=$top/.work/images
cluster=$HOLDFAST_CLUSTER

# has_image NODE NAME: containerd writes out the registry that a name without one is meant to be of.
has_image() {
  local names
  names=$(docker exec "$1" ctr -n k8s.io images ls -q)
  grep -qE "^([^/]+/)?${2//./\\.}$" <<<"$names"
}

start_progress "$work/load.log"
if [ -n "${KUBECONTEXT:-}" ]; then
  [[ $KUBECONTEXT == kind-* ]] ||
    fail "the cluster of the context $KUBECONTEXT takes no image from here: push those of docker image ls 'holdfast/*' to a registry of yours and install the chart with it"
  cluster=${KUBECONTEXT#kind-}
fi
cat "$work"/*.image >"$work/built" || fail 'no image has been built; images/build.sh does'
mapfile -t nodes < <(kind get nodes --name "$cluster")
[ "${#nodes[@]}" -gt 0 ] || fail "there is no kind cluster $cluster"

missing=()
while read -r name; do
  for node in "${nodes[@]}"; do
    if has_image "$node" "$name"; then continue; fi
    missing+=("$name")
    break
  done
done <"$work/built"
if [ "${#missing[@]}" -gt 0 ]; then
  step "loading ${missing[*]} into ${#nodes[@]} nodes"
  # All at once: what the images have in common goes over once.
  kind load docker-image "${missing[@]}" --name "$cluster"
fi
step 'the nodes have the images'
