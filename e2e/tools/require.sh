#!/usr/bin/env bash
# Makes sure that programs, libraries and files are there: require.sh NAME:PACKAGE... installs the Debian package of each one missing.
set -eu

export PATH="$PATH:/usr/sbin:/sbin"
is_there() {
  case "$1" in
    lib*.so.*) ldconfig -p | grep -q "$1 " ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for pair in "$@"; do
  is_there "${pair%%:*}" || missing+=("${pair##*:}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

sudo=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null && sudo='sudo -n'
fi
if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && [ -z "$sudo" ]; }; then
  echo "missing: ${missing[*]}. Install it with this machine's package manager and run the command again." >&2
  exit 1
fi
echo "installing ${missing[*]}" >&2
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
trap 'rm -f "$log"; [ -z "${ours:-}" ] || $sudo rm -f "$policy"' EXIT
# Only the programs are wanted: without this, Debian starts a package's service, and nginx takes port 80.
if [ ! -e "$policy" ]; then
  ours=1
  printf '#!/bin/sh\nexit 101\n' | $sudo install -m 755 /dev/stdin "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
if ! { $sudo apt-get -q update && $sudo apt-get -qy install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "could not install: ${missing[*]}. Install it by hand and run the command again." >&2
  exit 1
fi
