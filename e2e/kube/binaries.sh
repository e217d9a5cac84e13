#!/usr/bin/env bash
# Puts etcd and kube-apiserver into the cache, out of a node image where the engine has one, else built from Go modules; prints the directory.
# shellcheck source-path=SCRIPTDIR/../cluster
set -eu -o pipefail
here=$(cd "$(dirname "$0")/../cluster" && pwd)
. "$here/environment.sh"
. "$here/versions.sh"

programs=$HOLDFAST_CACHE/bin
mkdir -p "$programs"

have() { [ -x "$programs/etcd" ] && "$programs/kube-apiserver" --version >/dev/null 2>&1; }

# from_image IMAGE: the node has them unpacked, as containerd's snapshots.
from_image() {
  local program path
  for program in etcd kube-apiserver; do
    path=$(docker run --rm --entrypoint find "$1" /var/lib/containerd -path "*/usr/local/bin/$program" -type f | head -n 1)
    [ -n "$path" ] || return 1
    docker run --rm --entrypoint cat "$1" "$path" >"$programs/$program.part"
    chmod +x "$programs/$program.part"
    mv "$programs/$program.part" "$programs/$program"
  done
}

from_modules() {
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || { echo 'etcd and kube-apiserver need a node image, or Go >= 1.25 to build them' >&2 && exit 1; }
  (cd "$here/node/etcd" && CGO_ENABLED=0 go build -buildvcs=false -trimpath -o "$programs/etcd" go.etcd.io/etcd/server/v3) >&2
  (cd "$here/node/kubernetes" &&
    CGO_ENABLED=0 go build -buildvcs=false -trimpath -o "$programs/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver) >&2
}

exec 9>"$programs/.kube-binaries.lock"
flock 9
if ! have; then
  image=$(docker image ls --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -E '^(holdfast|kindest)/node:' | head -n 1 || true)
  { [ -n "$image" ] && from_image "$image" >&2; } || from_modules
fi
echo "$programs"
