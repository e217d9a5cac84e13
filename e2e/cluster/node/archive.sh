# Writes an image archive (what `docker save` writes) from a directory, with no engine and no builder.
# shellcheck shell=bash

# write_archive ROOT NAME CONFIG ARCHIVE [TAR OPTION...]: sets layer_digest. CONFIG is the image's configuration, in JSON.
write_archive() {
  local root=$1 name=$2 config=$3 archive=$4 parts=$build/archive
  shift 4
  mkdir -p "$parts"
  tar -C "$root" --numeric-owner --sort=name "$@" -cf "$parts/layer.tar" .
  layer_digest=sha256:$(sha256sum "$parts/layer.tar" | cut -d ' ' -f 1)
  jq -n --argjson config "$config" --arg architecture "$(go env GOARCH)" --arg layer "$layer_digest" \
    '{$architecture, os: "linux", $config, rootfs: {type: "layers", diff_ids: [$layer]}}' >"$parts/config.json"
  jq -n --arg name "$name" '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$parts/manifest.json"
  tar -C "$parts" -cf "$archive.part" manifest.json config.json layer.tar
  rm -rf "$parts"
  mv "$archive.part" "$archive"
}
