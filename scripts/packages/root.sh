#!/bin/sh
# A clean root of a release of Debian, for the tests of packages: build/packages/RELEASE.tar, made once. Usage: root.sh [RELEASE]
# As root: debootstrap makes devices and changes its root. A tar, since the owners in it must stay what they are.
set -eu
cd "$(dirname "$0")/../.."

release=${1:-trixie}
place=$PWD/build/packages
[ ! -e "$place/$release.tar" ] || { echo "$place/$release.tar"; exit 0; }

mkdir -p "$place"
mirror=$(scripts/packages/mirror.sh)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$release" "$root" "$mirror" >"$place/$release.log" 2>&1 || {
  tail -3 "$place/$release.log" >&2
  echo "root.sh: debootstrap of $release failed: $place/$release.log" >&2
  exit 69
}
# How this machine reaches the mirror (a proxy, for instance) is how the root does.
apt-config dump | grep '^Acquire::.*[Pp]roxy' >"$root/etc/apt/apt.conf.d/90machine" || true
chmod 755 "$root"
tar -C "$root" --one-file-system --numeric-owner -cf "$place/$release.part" .
mv "$place/$release.part" "$place/$release.tar"
echo "$place/$release.tar"
