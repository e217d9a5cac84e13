# The programs that the cluster is made and used with: kind, helm and kubectl, each from PATH where it fits, else put into the cache.
# shellcheck shell=bash

programs=$HOLDFAST_CACHE/bin

install_packages() { "$here/../tools/require.sh" "$@"; }

# require_go WHAT: go.mod of the node image names the oldest Go that will do; Go itself compares.
require_go() {
  PATH=$PATH:/usr/local/go/bin
  command -v go || fail "building $1 needs Go >= 1.25, and this machine has none"
  (cd "$here/node/kubernetes" && go version) || fail "building $1 needs Go >= 1.25: $(last_words)"
}

# go_install NAME PACKAGE@VERSION
go_install() {
  require_go "$1"
  step "building $1 ${2##*@}"
  CGO_ENABLED=0 GOBIN=$programs go install -trimpath -ldflags='-s -w' "$2"
}

have_kind() { kind version | grep -qF "kind $kind_version "; }
have_helm() { helm version --short | grep -qE '^v3\.(1[4-9]|[2-9][0-9])([.+]|$)'; }
have_kubectl() { "$programs/kubectl" version --client | grep -qF "Client Version: ${kubernetes_version%.*}."; }

provide_kind() { have_kind || go_install kind "sigs.k8s.io/kind@$kind_version"; }
provide_helm() { have_helm || go_install helm "helm.sh/helm/v3/cmd/helm@$helm_version"; }

# provide_kubectl IMAGE: a node image holds the kubectl of its own version.
provide_kubectl() {
  if have_kubectl; then return; fi
  local container
  container=$(docker create "$1")
  # Renamed over: somebody may be running the one that is there.
  docker cp "$container:/usr/bin/kubectl" "$programs/kubectl.new"
  mv "$programs/kubectl.new" "$programs/kubectl"
  docker rm "$container"
}
