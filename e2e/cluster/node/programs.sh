# Builds the programs of a node from Go modules.
# shellcheck shell=bash

# go_build DIRECTORY LINKER_FLAGS OUTPUT PACKAGE...: `go install` refuses modules with replace lines, so each has a go.mod of ours.
go_build() {
  local directory=$1 flags=$2 output=$3
  shift 3
  (cd "$here/node/$directory" && CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags "-s -w $flags" -o "$output" "$@")
}

build_programs() {
  mkdir -p "$build/programs"
  step "building Kubernetes $kubernetes_version"
  # Without a version linked in, kubeadm takes itself for v0.0.0.
  local version=k8s.io/component-base/version minor=${kubernetes_version#v1.}
  go_build kubernetes "-X $version.gitVersion=$kubernetes_version -X $version.gitMajor=1 -X $version.gitMinor=${minor%%.*}" \
    "$build/programs/" ./podnet ./pause \
    k8s.io/kubernetes/cmd/{kube-apiserver,kube-controller-manager,kube-scheduler,kube-proxy,kubelet,kubeadm,kubectl}
  step 'building etcd and CoreDNS'
  go_build etcd '' "$build/programs/etcd" go.etcd.io/etcd/server/v3
  go_build coredns '' "$build/programs/coredns" .
}
