# Every task a person does has one target here; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The pinned Node of node_modules goes before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

RESULTS := .work/results
# NAME of the result file, projects, options, bound: against a test that leaves something open, on which jest would wait for ever.
jest = mkdir -p $(RESULTS) && rm -f $(RESULTS)/$(1).json && \
  NODE_OPTIONS='--experimental-vm-modules --disable-warning=ExperimentalWarning' \
  timeout --kill-after=10s $(4) jest --selectProjects $(2) --json --outputFile=$(RESULTS)/$(1).json $(3)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

node_modules/.package-lock.json: package.json package-lock.json
	@e2e/tools/require.sh npm:npm libatomic.so.1:libatomic1
	npm ci --no-audit --no-fund
	@touch $@

.PHONY: install
install: node_modules/.package-lock.json ## install the packages that package-lock.json pins

.PHONY: lint
lint: install ## check format and lint rules
	biome check --error-on-warnings .
	@e2e/tools/require.sh shellcheck:shellcheck
	shellcheck .ci/run $$(git ls-files '*.sh')

.PHONY: format
format: install ## write the format, and lint fixes that are safe
	biome check --write .

.PHONY: types
types: install ## check the types
	tsc --noEmit

.PHONY: unit
unit: install ## run the unit tests (a minute or two)
	$(call jest,unit,unit,,15m)

.PHONY: loopback
loopback: install ## run the failure scenarios with real processes on loopback (minutes)
	@e2e/tools/require.sh haproxy:haproxy nginx:nginx-light
	$(call jest,loopback,loopback,--runInBand,15m)

.PHONY: kube
kube: install ## run kube/, the resources, operator and control plane against a real API server; builds one with Go where there is none (minutes)
	$(call jest,kube,kube,--runInBand,15m)

.PHONY: side-by-side
side-by-side: install ## loopback and kube together, two files at a time: most of either waits
	@e2e/tools/require.sh haproxy:haproxy nginx:nginx-light
	$(call jest,side-by-side,loopback kube,--maxWorkers=2,25m)

.PHONY: drills
drills: install ## lose pods, nodes, control plane, operator and history on the cluster, under load (some 20 minutes)
	@[ -z "$${KUBECONTEXT:-}" ] || { echo 'KUBECONTEXT is set: the drills kill nodes, and do so on the test cluster only' >&2; exit 1; }
	@e2e/tools/require.sh haproxy:haproxy ip:iproute2
	@e2e/up/install.sh
	@. e2e/cluster/environment.sh; failed=0; \
	  { $(call jest,fleet-drills,fleet-drills,--maxWorkers=2,20m); } || failed=1; \
	  { $(call jest,cluster-drills,cluster-drills,--runInBand,40m); } || failed=1; exit $$failed

# Parts, and the results that they leave: runs every part, whatever became of the one before, and sums up.
parts = rm -f $(RESULTS)/*.json; failed=0; \
  for part in $(1); do $(MAKE) --no-print-directory $$part || failed=1; done; \
  node e2e/tools/tally.ts $(2) || failed=1; exit $$failed

.PHONY: test-fast
test-fast: lint types ## lint, types, unit and loopback: all that needs no cluster
	@$(call parts,unit loopback,$(foreach part,unit loopback,$(RESULTS)/$(part).json))

.PHONY: test
test: lint types ## everything; brings the cluster up if none runs, and keeps it
	@$(call parts,unit side-by-side chart drills,$(foreach part,unit side-by-side fleet-drills cluster-drills,$(RESULTS)/$(part).json))

.PHONY: reference
reference: install ## write docs/reference.md from the tables of the programs
	@node e2e/house/write-reference.ts

.PHONY: demo
demo: install ## play the loop by hand: control plane, instances, load; ARGS=--script tells a fixed story
	@e2e/tools/require.sh haproxy:haproxy
	@node e2e/demo/main.ts $(ARGS)

.PHONY: bench
bench: install ## measure ours beside nginx, HAProxy, Caddy and http-proxy, and write bench/RESULTS.md (half an hour); QUICK=1: the main load
	@PATH="$$PATH:/usr/local/go/bin" e2e/tools/require.sh taskset:util-linux nginx:nginx-light haproxy:haproxy caddy:caddy \
	  wrk:wrk strace:strace go:golang-go /usr/lib/nginx/modules/ngx_http_lua_module.so:libnginx-mod-http-lua
	@PATH="$$PATH:/usr/sbin:/usr/local/go/bin" node bench/src/main.ts

.PHONY: cluster
cluster: ## bring up a real multi-node Kubernetes cluster, or use KUBECONTEXT=name
	@e2e/cluster/up.sh

.PHONY: cluster-check
cluster-check: cluster ## show that the cluster itself is sound (kills a worker node)
	@e2e/cluster/check.sh

.PHONY: cluster-down
cluster-down: ## delete the cluster and keep its node image
	@e2e/cluster/down.sh

.PHONY: images
images: install ## build the images; BASE_IMAGE=name takes another base
	@images/build.sh

.PHONY: up
up: install ## cluster, images, chart and the sample DataPlane edge; says what to try
	@e2e/up/up.sh

.PHONY: chart
chart: cluster ## lint the chart, score it, dry-run it on the cluster
	@charts/check.sh

.PHONY: crds
crds: ## copy crds/ into the chart
	@images/copy-crds.sh

.PHONY: clean
clean: ## remove what was installed and written, cluster and node image included
	@e2e/cluster/down.sh --all
	rm -rf node_modules .work
