# Source this: waiting for Deployments, and the names of the images that were built.
# shellcheck shell=bash

readonly ROLLOUT=180s

# built_image PROGRAM: its name with its tag.
built_image() { cat "$top/.work/images/$1.image"; }

# rollout NAMESPACE DEPLOYMENT
rollout() {
  if kubectl -n "$1" rollout status "deployment/$2" --timeout="$ROLLOUT"; then return; fi
  kubectl -n "$1" get pods -o wide
  kubectl -n "$1" logs "deployment/$2" --all-pods --prefix --tail=20 || true
  kubectl -n "$1" get events --sort-by=.lastTimestamp | tail -n 20
  fail "$1/$2 does not become ready within $ROLLOUT"
}
