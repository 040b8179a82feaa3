#!/bin/sh
# Runs a command as root: directly when we are root, else through sudo. Afterwards the machine is as it was: files that root
# made here go back to the owner of the tree, so that `make clean` never needs root, and the mounts that
# the first `ip netns add` of a machine and the product's own search for bpffs make are taken off again.
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
bpffs=/sys/fs/bpf
mounted() { grep -q " $1 " /proc/mounts; }

had_namespaces=no
had_bpffs=no
! mounted "$namespaces" || had_namespaces=yes
! mounted "$bpffs" || had_bpffs=yes

# A signal is for the command, which cleans up after itself; we wait for it and clean up after both.
trap : INT TERM
status=0
"$@" || status=$?

for made in build dist coverage node_modules/.vite-temp; do
  [ ! -e "$made" ] || chown -R --reference=package.json "$made"
done
# Fails, and rightly so, while somebody's namespace is in it.
if [ "$had_namespaces" = no ] && mounted "$namespaces" && umount "$namespaces" 2>/dev/null; then
  rmdir "$namespaces" 2>/dev/null || true
fi
# Pins of others would go with the mount: only an empty one goes (the kernel puts two *.debug entries into each).
if [ "$had_bpffs" = no ] && mounted "$bpffs" && [ -z "$(find "$bpffs" -mindepth 1 ! -name '*.debug')" ]; then
  umount "$bpffs"
fi
exit "$status"
