# Makes the root directory of a node: Debian's base system, kind's own files, and the programs.
# shellcheck shell=bash

packages=systemd,dbus,containerd,runc,containernetworking-plugins,iptables,nftables,conntrack,iproute2,ethtool,util-linux,mount,kmod
packages+=,procps,ca-certificates,jq

make_base() {
  base=$HOLDFAST_CACHE/base-$debian_release-$(sha256sum <<<"$packages" | cut -c 1-8).tar
  [ ! -f "$base" ] || return 0
  step "fetching the base system (Debian $debian_release)"
  debootstrap --variant=minbase --include="$packages" "$debian_release" "$build/base"
  rm -rf "$build"/base/{var/cache/apt,var/lib/apt/lists,var/log,usr/share/{doc,man,locale,info}}/*
  tar -C "$build/base" --numeric-owner -cf "$base.part" .
  rm -rf "$build/base"
  mv "$base.part" "$base"
}

make_root() {
  make_base
  step 'assembling the node'
  mkdir -p "$root"
  tar -C "$root" --numeric-owner -xf "$base"
  add_kind_files
  choose_services
  install -m 755 "$build"/programs/{kubelet,kubeadm,kubectl} "$root/usr/bin/"
  # kind applies this manifest as its pod network, and reads the version from this file.
  install -m 644 -D "$here/node/default-cni.yaml" "$root/kind/manifests/default-cni.yaml"
  printf %s "$kubernetes_version" >"$root/kind/version"
  mkdir -p "$root/etc/kubernetes/manifests"
}

# Entrypoint, units and containerd's configuration stand in kind's module.
add_kind_files() {
  local source
  source=$(cd "$build" && go mod download -json "sigs.k8s.io/kind@$kind_version" | jq -r .Dir)
  cp -r --no-preserve=mode "$source"/images/base/files/. "$root/"
  chmod 755 "$root"/usr/local/bin/* "$root"/kind/bin/*
  # Debian's programs stand where kind's files look for them.
  ln -s /usr/bin/containerd /usr/bin/ctr "$root/usr/local/bin/"
  mkdir -p "$root/opt/cni"
  ln -s /usr/lib/cni "$root/opt/cni/bin"
  ln -sf /usr/lib/systemd/systemd "$root/sbin/init"
  # The base of every container: containerd's default, kind's hook, and no limits, which root without CAP_SYS_RESOURCE can't raise.
  chroot "$root" ctr oci spec |
    jq 'del(.process.rlimits) | .hooks.createContainer += [{path: "/kind/bin/mount-product-files.sh"}]' >"$root/etc/containerd/cri-base.json"
  # Such a root can't lower a container's OOM score below its own either.
  sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$root/etc/containerd/config.toml"
}

# As kind's Dockerfile does it: nothing starts but what a node needs.
choose_services() {
  rm -f "$root"/lib/systemd/system/{multi-user,local-fs,basic}.target.wants/* "$root"/etc/systemd/system/*.wants/* \
    "$root"/lib/systemd/system/sockets.target.wants/*{udev,initctl}* \
    "$root"/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
  echo 'ReadKMsg=no' >>"$root/etc/systemd/journald.conf"
  chroot "$root" systemctl -q enable kubelet.service containerd.service undo-mount-hacks.service
  chroot "$root" systemctl -q mask systemd-binfmt.service # it would register things with the host's kernel
}
