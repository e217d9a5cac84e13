#!/usr/bin/env bash
# Builds the images: build.sh [PROGRAM...], all of them by default. BASE_IMAGE names another base than the slim Node.js 26 image.
# An image's tag is the version and a hash of what is in it, so an unchanged program keeps its image, and its pods.
set -eu -o pipefail
images=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$images")
here=$top/e2e/cluster
. "$here/environment.sh"
. "$here/progress.sh"
. "$here/engine/engine.sh"
. "$images/base.sh"

export PATH=$top/node_modules/.bin:$PATH
work=$top/.work/images
version=$(node -p 'require(process.argv[1]).version' "$top/package.json")

# build_image PROGRAM: its name goes to $work/PROGRAM.image.
build_image() {
  local program=$1 bundles=$work/bundles/$1 name
  node "$images/src/write-bundle.ts" "$program" "$bundles"
  name=holdfast/$program:$version-$(image_hash "$bundles")
  if ! docker image inspect "$name" >/dev/null; then
    step "building $name"
    # The classic builder is in every engine, and takes a base that no registry has.
    DOCKER_BUILDKIT=0 docker build --network=none --file "$images/Dockerfile" --tag "$name" \
      --build-arg BASE="$base" --build-arg PROGRAM="$program" --build-arg VERSION="$version" "$bundles"
  fi
  echo "$name" >"$work/$program.image"
}

image_hash() {
  {
    docker image inspect --format '{{.Id}}' "$base"
    cat "$images/Dockerfile"
    cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c 1-12
}

start_progress "$work/build.log"
[ "$#" -gt 0 ] || set -- operator controlplane dataplane sample-backend
engine_answers || fail 'no Docker engine answers; e2e/cluster/up.sh starts one'
provide_base
step "bundling $* (base $base)"
for program in "$@"; do build_image "$program"; done
step 'the images are built'
