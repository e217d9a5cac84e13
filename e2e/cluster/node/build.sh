# Builds the node image from Go modules and Debian packages alone, as an image archive.
# shellcheck shell=bash

# build_node_image NAME ARCHIVE
build_node_image() {
  build=$HOLDFAST_CACHE/build
  root=$build/root
  rm -rf "$build"
  mkdir -p "$build"
  build_programs
  make_root
  load_images
  step 'writing the node image'
  # kind stops a node by systemd's own signal.
  write_archive "$root" "$1" \
    '{"Env": ["container=docker"], "StopSignal": "SIGRTMIN+3", "Entrypoint": ["/usr/local/bin/entrypoint", "/sbin/init"]}' "$2"
  rm -rf "$build"
  find "$HOLDFAST_CACHE" -maxdepth 1 -name 'node-*.tar' ! -path "$2" -delete # of earlier inputs
}
