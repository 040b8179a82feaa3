#!/bin/sh
# Runs a command as root: directly when we are root, else through sudo. Files that root made in build/ and dist/ are given
# back to the owner of the tree, so that `make clean` never needs root.
set -eu

[ "$(id -u)" != 0 ] || {
  # Under `sudo make` the tree belongs to somebody else: give back what this run creates there.
  status=0
  "$@" || status=$?
  for made in build dist coverage node_modules/.vite node_modules/.vite-temp; do
    [ ! -e "$made" ] || chown -R --reference=package.json "$made"
  done
  exit "$status"
}

command -v sudo >/dev/null || {
  echo "as-root.sh: $1 needs root and there is no sudo: run make as root" >&2
  exit 77
}
echo "> sudo $*" >&2
exec sudo env "PATH=$PATH" "REQUIRE_KERNEL=${REQUIRE_KERNEL:-}" "IFACE=${IFACE:-}" "JSON=${JSON:-}" "ONLY=${ONLY:-}" "CI=${CI:-}" "$0" "$@"
