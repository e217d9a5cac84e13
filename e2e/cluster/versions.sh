# The versions the cluster is made of; README.md says why each is held where it is.
# shellcheck shell=bash

kind_version=v0.33.0
helm_version=v3.19.5
kubernetes_version=v1.34.4 # of the image built here; node/kubernetes/go.mod has the same
stock_image=kindest/node:v1.34.11
stock_digest=sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d # as in the notes of the kind release
debian_release=bookworm
