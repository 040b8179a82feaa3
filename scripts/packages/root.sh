#!/bin/sh
# A clean root of a release of Debian, for the tests of packages: build/packages/RELEASE.tar, made once. Usage: root.sh [RELEASE [hosts]]
# hosts: RELEASE-hosts.tar, the same root and what a host has that Ansible reaches by ssh, with what our package depends on.
# As root: debootstrap makes devices and changes its root. A tar, since the owners in it must stay what they are.
set -eu
cd "$(dirname "$0")/../.."

release=${1:-trixie} kind=${2:-}
place=$PWD/build/packages
name=$release${kind:+-$kind}
[ ! -e "$place/$name.tar" ] || { echo "$place/$name.tar"; exit 0; }
mkdir -p "$place"
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

fail() { # WHAT
  tail -3 "$place/$name.log" >&2
  echo "root.sh: $1: $place/$name.log" >&2
  exit 69
}

clean() {
  mirror=$(scripts/packages/mirror.sh)
  PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$release" "$room" "$mirror" >"$place/$name.log" 2>&1 ||
    fail "debootstrap of $release failed"
  # How this machine reaches the mirror (a proxy, for instance) is how the root does.
  apt-config dump | grep '^Acquire::.*[Pp]roxy' >"$room/etc/apt/apt.conf.d/90machine" || true
  chmod 755 "$room"
  tar -C "$room" --one-file-system --numeric-owner -cf "$place/$name.part" .
}

hosts() {
  base=$("$0" "$release")
  mkdir "$room/lower" "$room/upper" "$room/work" "$room/root" "$room/run" "$room/bpffs"
  tar -C "$room/lower" --numeric-owner -xpf "$base"
  # Hosts have no way to a mirror: what the package depends on is there before it.
  scripts/packages/enter.sh "$room/lower" "$room" sh -c 'exec 3>&1 >&2 && apt-get -qq update &&
    apt-get -qq install -y --no-install-recommends systemd openssh-server sudo python3-apt iproute2 nodejs libbpf1 &&
    apt-get clean && tar -C / --one-file-system --numeric-owner -cf - . >&3' >"$place/$name.part" 2>"$place/$name.log" ||
    fail "packages for hosts of $release are not to be had"
}

"${kind:-clean}"
mv "$place/$name.part" "$place/$name.tar"
echo "$place/$name.tar"
