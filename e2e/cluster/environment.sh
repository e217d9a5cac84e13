# Source this to use the test cluster: it puts kubectl, kind and helm on PATH and sets KUBECONFIG.
# Read from outside: HOLDFAST_CACHE (directory of all that is built and written), KUBECONTEXT (use this existing cluster instead).
# shellcheck shell=bash

# Set before: this has been sourced already, and KUBECONFIG is ours.
[ -n "${HOLDFAST_CLUSTER:-}" ] || export USER_KUBECONFIG="${KUBECONFIG:-}"
HOLDFAST_CACHE=${HOLDFAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}
case $HOLDFAST_CACHE in
/*) ;;
*) HOLDFAST_CACHE=$PWD/$HOLDFAST_CACHE ;;
esac
HOLDFAST_CLUSTER=holdfast
export HOLDFAST_CACHE HOLDFAST_CLUSTER

case :$PATH: in
*":$HOLDFAST_CACHE/bin:"*) ;;
*) export PATH="$HOLDFAST_CACHE/bin:$PATH:/usr/sbin:/sbin" ;;
esac

# An existing cluster gets a kubeconfig with its context alone, so that every program talks to it without being told.
if [ -n "${KUBECONTEXT:-}" ]; then
  export KUBECONFIG="$HOLDFAST_CACHE/kubeconfig-${KUBECONTEXT//[^A-Za-z0-9._-]/_}"
else
  export KUBECONFIG="$HOLDFAST_CACHE/kubeconfig"
fi
