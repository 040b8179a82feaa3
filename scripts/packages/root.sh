#!/bin/sh
# A clean root of a release of Debian, for the tests of packages: build/packages/RELEASE, made once. Usage: root.sh [RELEASE]
# As root: debootstrap makes devices and changes its root.
set -eu
cd "$(dirname "$0")/../.."

release=${1:-trixie}
place=$PWD/build/packages/$release
[ ! -e "$place/made" ] || { echo "$place/root"; exit 0; }

rm -rf "$place"
mkdir -p "$place"
mirror=$(scripts/packages/mirror.sh)
PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$release" "$place/root" "$mirror" >"$place/log" 2>&1 || {
  tail -3 "$place/log" >&2
  echo "root.sh: debootstrap of $release failed: $place/log" >&2
  exit 69
}
# How this machine reaches the mirror (a proxy, for instance) is how the root does.
apt-config dump | grep '^Acquire::.*[Pp]roxy' >"$place/root/etc/apt/apt.conf.d/90machine" || true
: >"$place/made"
echo "$place/root"
