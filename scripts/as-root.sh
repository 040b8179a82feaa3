#!/bin/sh
# Runs a command as root: directly when we are root, else through sudo. Afterwards the machine is as it was: files that root
# made here go back to the owner of the tree, so that `make clean` never needs root, and the mount that the first
# `ip netns add` of a machine makes is taken off again.
set -eu

if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "as-root.sh: $1 needs root and there is no sudo: run make as root" >&2
    exit 77
  }
  echo "> sudo $*" >&2
  exec sudo env "PATH=$PATH" "REQUIRE_KERNEL=${REQUIRE_KERNEL:-}" "IFACE=${IFACE:-}" "JSON=${JSON:-}" "ONLY=${ONLY:-}" \
    "CI=${CI:-}" "$0" "$@"
fi

namespaces=/run/netns
mounted() { grep -q " $namespaces " /proc/mounts; }

had_mount=no
! mounted || had_mount=yes

# A signal is for the command, which cleans up after itself; we wait for it and clean up after both.
trap : INT TERM
status=0
"$@" || status=$?

for made in build dist coverage; do
  [ ! -e "$made" ] || chown -R --reference=package.json "$made"
done
# Fails, and rightly so, while somebody's namespace is in it.
if [ "$had_mount" = no ] && mounted && umount "$namespaces" 2>/dev/null; then
  rmdir "$namespaces" 2>/dev/null || true
fi
exit "$status"
