# Chooses the node image: the stock one where it is present or can be pulled, else one that is built here and cached.
# shellcheck shell=bash

. "$here/node/archive.sh"
. "$here/node/programs.sh"
. "$here/node/root.sh"
. "$here/node/images.sh"
. "$here/node/build.sh"

readonly PULL_ANSWER_SECONDS=20 PULL_SECONDS=900

# What the image is made of decides its name, so that a changed input builds anew.
node_inputs=$({
  echo "$kind_version $kubernetes_version $debian_release"
  cd "$here/node" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
} | sha256sum | cut -c 1-12)
built_image=holdfast/node:$kubernetes_version-$node_inputs
built_archive=$HOLDFAST_CACHE/node-$kubernetes_version-$node_inputs.tar

# provide_node_image: sets node_image.
provide_node_image() {
  for node_image in "$stock_image@$stock_digest" "$stock_image" "$built_image"; do
    if docker image inspect "$node_image" >/dev/null; then return; fi
  done
  if [ ! -f "$built_archive" ]; then
    node_image=$stock_image@$stock_digest
    if pull_stock_image; then return; fi
    require_builders
    try_engine
    build_node_image "$built_image" "$built_archive"
  fi
  step 'loading the node image into the engine'
  docker load -i "$built_archive"
  node_image=$built_image
}

# A pull without a registry may hang for minutes; one that has begun may take its time.
pull_stock_image() {
  step "pulling $stock_image"
  local output=$HOLDFAST_CACHE/pull.log pull status=0
  timeout "$PULL_SECONDS" docker pull "$node_image" >"$output" 2>&1 9>&- &
  pull=$!
  for _ in $(seq "$PULL_ANSWER_SECONDS"); do
    if grep -q 'Pulling from' "$output" || ! kill -0 "$pull"; then break; fi
    sleep 1
  done
  grep -q 'Pulling from' "$output" || kill "$pull" || true
  wait "$pull" || status=$?
  cat "$output"
  rm "$output"
  return "$status"
}

require_builders() {
  step 'no stock image to be had: building one, once (about a quarter of an hour on two cores)'
  [ "$(uname -s) $(id -u)" = 'Linux 0' ] || fail 'no stock node image can be pulled, and building one needs root on Linux'
  require_go 'the node image'
  install_packages debootstrap:debootstrap jq:jq
}

# Minutes of building would be lost on an engine that can't run what comes of it.
try_engine() {
  local directory image
  directory=$(mktemp -d)
  go_build kubernetes '' "$directory/pause" ./pause
  image=$(tar -C "$directory" -c pause | docker import -)
  rm -rf "$directory"
  at_exit=(docker image rm "$image")
  engine_can_run "$image" /pause
  at_exit=()
  docker image rm "$image"
}
