# Puts the images of a control plane into the node's containerd, unpacked.
# shellcheck shell=bash

readonly CONTAINERD_SECONDS=30

load_images() {
  step 'loading the images into the node'
  local name names sandbox layers=()
  # Names and tags are those that kubeadm and containerd's configuration ask for.
  sandbox=$(sed -n 's/^ *sandbox_image = "\(.*\)"/\1/p' "$root/etc/containerd/config.toml")
  mapfile -t names < <("$build/programs/kubeadm" config images list --kubernetes-version "$kubernetes_version" | grep -v '/pause:')
  names+=("$sandbox" localhost/podnet:1)

  start_containerd
  for name in "${names[@]}"; do
    make_image "$name"
    ctr_ images import --all-platforms --digests --snapshotter overlayfs - <"$build/image.tar"
    # An image that is not pinned may be collected by the kubelet, and no registry gives it back.
    ctr_ images label "$name" io.cri-containerd.pinned=pinned
    layers+=("$layer_digest")
  done
  # Unpacked images run without their layers' archives, and each node copies what is here. The archives leave the disk at the
  # next collection: removing a name with --sync forces one.
  ctr_ content rm "${layers[@]}"
  ctr_ images tag "$sandbox" localhost/collect:1
  ctr_ images rm --sync localhost/collect:1
  stop_containerd
}

# make_image NAME: the last part of the name is the program in it.
make_image() {
  local program=${1##*/} directory=$build/image
  program=${program%%:*}
  mkdir -p "$directory"/{usr/local/bin,etc,run,tmp,var}
  case $program in
  kube-proxy | podnet) add_network_tools "$directory" ;;
  esac
  cp "$build/programs/$program" "$directory/usr/local/bin/"
  write_archive "$directory" "$1" \
    "{\"Entrypoint\": [\"/usr/local/bin/$program\"], \"Env\": [\"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]}" \
    "$build/image.tar" --owner=0 --group=0 --mtime=@0
  rm -rf "$directory"
}

# add_network_tools DIRECTORY: iptables and nft with the libraries that they load, as the node has them.
add_network_tools() {
  local part name
  for part in bin sbin lib lib64; do
    mkdir -p "$1/usr/$part"
    ln -s "usr/$part" "$1/$part"
  done
  # shellcheck disable=SC2016 # the node's shell expands it
  chroot "$root" bash -c '
    files=(/usr/sbin/xtables-nft-multi /usr/sbin/nft /usr/lib/*/xtables/*.so)
    printf "%s\n" "${files[@]}"
    ldd "${files[@]}" | grep -oE "/[^ ]+\.so[^ ]* " | tr -d " " | sort -u | while read -r file; do
      echo "$(readlink -f "$(dirname "$file")")/$(basename "$file")"
    done' | sed 's:^/::' | sort -u |
    tar -C "$root" --dereference -cf - -T - | tar -C "$1" -xf -
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    ln -s xtables-nft-multi "$1/usr/sbin/$name"
  done
}

ctr_() { chroot "$root" ctr -a /run/build.sock -n k8s.io "$@"; }

# The node's own containerd unpacks, so that what it finds in a node later is of its version.
start_containerd() {
  printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' >"$root/run/build.toml"
  # shellcheck disable=SC2016 # the inner shell expands it
  unshare --mount --propagation private bash -c '
    mount -t proc proc "$1/proc"
    exec chroot "$1" containerd --config /run/build.toml --state /run/build --address /run/build.sock' - "$root" 3>&- 9>&- &
  containerd_pid=$!
  at_exit=(kill "$containerd_pid")
  local deadline=$((SECONDS + CONTAINERD_SECONDS))
  until ctr_ version; do
    ((SECONDS < deadline)) || fail "containerd does not start within $CONTAINERD_SECONDS s"
    sleep 0.2
  done
}

stop_containerd() {
  at_exit=()
  kill "$containerd_pid"
  wait "$containerd_pid" || true
  rm -rf "$root"/run/*
}
