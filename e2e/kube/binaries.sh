#!/usr/bin/env bash
# Puts etcd, kube-apiserver and kubectl into the cache, out of a node image where the engine has one, else built from Go modules; prints the directory.
# shellcheck source-path=SCRIPTDIR/../cluster
set -eu -o pipefail
here=$(cd "$(dirname "$0")/../cluster" && pwd)
. "$here/environment.sh"
. "$here/versions.sh"
. "$here/node/programs.sh"

programs=$HOLDFAST_CACHE/bin
mkdir -p "$programs"

have() {
  [ -x "$programs/etcd" ] && "$programs/kube-apiserver" --version >/dev/null 2>&1 && "$programs/kubectl" version --client >/dev/null 2>&1
}

# from_image IMAGE: a node has kubectl as a file, and the others unpacked, as containerd's snapshots.
from_image() {
  local program path
  for program in etcd kube-apiserver kubectl; do
    path=$(docker run --rm --entrypoint find "$1" /usr/bin /var/lib/containerd -path "*/bin/$program" -type f | head -n 1)
    [ -n "$path" ] || return 1
    docker run --rm --entrypoint cat "$1" "$path" >"$programs/$program.part"
    chmod +x "$programs/$program.part"
    mv "$programs/$program.part" "$programs/$program"
  done
}

from_modules() {
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || { echo 'etcd, kube-apiserver and kubectl need a node image, or Go >= 1.25 to build them' >&2 && exit 1; }
  go_build etcd '' "$programs/etcd" go.etcd.io/etcd/server/v3
  # By this version the test cluster knows that the kubectl is one that it can use.
  go_build kubernetes "-X k8s.io/component-base/version.gitVersion=$kubernetes_version" "$programs/" \
    k8s.io/kubernetes/cmd/{kube-apiserver,kubectl}
}

exec 9>"$programs/.kube-binaries.lock"
flock 9
if ! have; then
  image=$(docker image ls --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -E '^(holdfast|kindest)/node:' | head -n 1 || true)
  { [ -n "$image" ] && from_image "$image" >&2; } || from_modules >&2
fi
echo "$programs"
