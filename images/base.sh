# Chooses the base of the images: the one in BASE_IMAGE, else a slim Node.js image, else one that is made here from Debian packages.
# shellcheck shell=bash

readonly DEFAULT_BASE=node:26-slim PULL_SECONDS=300 PULL_ANSWER_SECONDS=20
readonly BASE_PACKAGES=(base-files libc6 libgcc-s1 libstdc++6 libatomic1 netbase)

# provide_base: sets base.
provide_base() {
  base=${BASE_IMAGE:-$DEFAULT_BASE}
  if docker image inspect "$base" >/dev/null; then return; fi
  if [ -n "${BASE_IMAGE:-}" ]; then
    step "pulling $base"
    timeout "$PULL_SECONDS" docker pull "$base" || fail "BASE_IMAGE=$base is neither here nor can it be pulled: $(last_words)"
    return
  fi
  node_version=$(node --version)
  base=holdfast/base:$node_version-$(sha256sum "$images/base.sh" | cut -c 1-8)
  if docker image inspect "$base" >/dev/null || pull_default_base; then return; fi
  build_base
}

# A pull without a registry may hang for minutes; one that has begun may take its time.
pull_default_base() {
  step "pulling $DEFAULT_BASE"
  local output pull status=0
  output=$(mktemp)
  timeout "$PULL_SECONDS" docker pull "$DEFAULT_BASE" >"$output" 2>&1 &
  pull=$!
  for _ in $(seq "$PULL_ANSWER_SECONDS"); do
    if grep -q 'Pulling from' "$output" || ! kill -0 "$pull"; then break; fi
    sleep 1
  done
  grep -q 'Pulling from' "$output" || kill "$pull" || true
  wait "$pull" || status=$?
  cat "$output"
  rm "$output"
  [ "$status" -ne 0 ] || base=$DEFAULT_BASE
  return "$status"
}

# Node.js and the libraries it is linked with: no shell and no package manager, so nothing else to keep up to date.
build_base() {
  step "no registry answers: making $base from Node.js of npm and Debian packages"
  if ! command -v apt-get || ! command -v dpkg-deb; then
    fail "no registry answers, and making a base needs Debian's packages; name an image with Node.js 26 in BASE_IMAGE"
  fi
  local directory program
  directory=$(mktemp -d)
  at_exit=(rm -rf "$directory")
  mkdir "$directory/packages" "$directory/root"
  (cd "$directory/packages" && { apt-get download "${BASE_PACKAGES[@]}" || { as_root apt-get update && apt-get download "${BASE_PACKAGES[@]}"; }; })
  # base-files first: it says which directories are links.
  for package in "$directory"/packages/base-files_*.deb "$directory"/packages/*.deb; do dpkg-deb -x "$package" "$directory/root"; done
  rm -rf "$directory"/root/usr/share/{doc,lintian,man,locale}
  # Without it names are asked for at the name server before /etc/hosts.
  echo 'hosts: files dns' >"$directory/root/etc/nsswitch.conf"
  program=$(node -p process.execPath)
  install -D -m 755 "$program" "$directory/root/usr/local/bin/node"
  tar -C "$directory/root" --owner=0 --group=0 --numeric-owner --sort=name -c . | docker import - "$base"
  rm -rf "$directory"
  at_exit=()
  [ "$(docker run --rm --network=none "$base" /usr/local/bin/node --version)" = "$node_version" ] || fail "$base does not run: $(last_words)"
}

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
