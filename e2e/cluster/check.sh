#!/usr/bin/env bash
# Shows on the running cluster what the scenarios depend on, and how long each takes; it kills a worker and starts it again.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/environment.sh"
. "$here/progress.sh"

# within SECONDS WHAT COMMAND...: the command must come true in that time.
within() {
  local limit=$1 what=$2 start=$SECONDS
  shift 2
  until "$@"; do
    ((SECONDS - start < limit)) || fail "$what: not within $limit s"
    sleep 0.5
  done
  step "$what: after $((SECONDS - start)) s"
}

load_image() {
  local root
  root=$(mktemp -d)
  "$here/../tools/require.sh" busybox:busybox-static
  if ldd /bin/busybox; then fail 'this needs the static busybox (Debian package busybox-static)'; fi
  mkdir -p "$root"/{bin,www}
  cp /bin/busybox "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  # shellcheck disable=SC2016 # the container's shell expands it
  tar -C "$root" --owner=0 --group=0 -c . | docker import \
    -c 'ENTRYPOINT ["/bin/sh", "-c", "echo $NODE >/www/index.html; exec busybox httpd -f -p 8080 -h /www"]' - holdfast/check:1
  rm -rf "$root"
  kind load docker-image holdfast/check:1 --name "$HOLDFAST_CLUSTER"
}

address() { kubectl get node "$1" -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}'; }
ready() { [ "$(kubectl get node "$1" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}')" = "$2" ]; }
pods_ready() { [ "$(kubectl -n cluster-check get daemonset web -o jsonpath='{.status.numberReady}')" = 3 ]; }
answers() { curl -fsS -m 2 "http://$1"; }
nodes_answering() { for _ in $(seq 40); do answers "$1"; done | sort -u | wc -l; }
all_answer() { [ "$(nodes_answering "$1")" -eq 3 ]; }
zones() { kubectl get nodes -L topology.kubernetes.io/zone --no-headers | awk '$6 != "" {print $6}' | sort -u | wc -l; }

[ -z "${KUBECONTEXT:-}" ] || { echo 'KUBECONTEXT is set: this kills a node, and does so on the test cluster only' >&2 && exit 1; }
start_progress "$HOLDFAST_CACHE/check.log"
at_exit=(kubectl delete namespace cluster-check --ignore-not-found --wait=false)
worker=$HOLDFAST_CLUSTER-worker2

[ "$(zones)" -eq 3 ] || fail 'the nodes do not have three zones'
load_image
step 'an image is in the nodes'
kubectl apply -f "$here/check.yaml"
within 90 'a pod with probes is ready on each worker' pods_ready
port=$(kubectl -n cluster-check get service web -o jsonpath='{.spec.ports[0].nodePort}')
for node in $(kind get nodes --name "$HOLDFAST_CLUSTER"); do
  within 30 "the node port at $node reaches the pods of all nodes" all_answer "$(address "$node"):$port"
done
docker kill "$worker"
within 120 'a killed worker turns NotReady' ready "$worker" Unknown
docker start "$worker"
within 120 'started again it turns Ready' ready "$worker" True
within 120 'its pod is ready again' pods_ready
within 60 'all nodes answer again' all_answer "$(address "$HOLDFAST_CLUSTER-worker"):$port"
step 'the cluster is sound'
