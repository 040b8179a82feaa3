#!/bin/sh
# Debian's newest cloud kernel of a series, taken apart: build/kernels/SERIES/{vmlinuz,release,lib/modules/…}. Nothing is
# installed. Usage: fetch.sh SERIES (6.1, 6.12)   What is there already is not fetched again; `make clean` forgets it.
set -eu
cd "$(dirname "$0")/../.."

series=$1
place=$PWD/build/kernels/$series
[ ! -e "$place/release" ] || exit 0

fail() {
  echo "fetch.sh: $*" >&2
  exit 69
}

# A signed package may be listed and not offered any more: newest first, until one has a candidate.
newest() {
  pattern="^linux-image-$(echo "$series" | sed 's/\./\\./g')\.[0-9].*-cloud-amd64\$"
  for package in $(apt-cache search --names-only "$pattern" | cut -d' ' -f1 | sort -rV); do
    if apt-cache madison "$package" | grep -q Packages; then
      echo "$package"
      return
    fi
  done
}

command -v apt-get >/dev/null || fail 'kernels come as Debian packages, and this machine has no apt-get'
package=$(newest)
[ -n "$package" ] || fail "apt offers no linux-image-$series.*-cloud-amd64 here: try apt-get update, or another series in KERNELS="

echo "> fetching $package"
rm -rf "$place"
mkdir -p "$place/download"
(cd "$place/download" && apt-get -q download "$package" >/dev/null 2>&1) || fail "apt-get download $package failed"
dpkg -x "$place"/download/*.deb "$place"
rm -rf "$place/download" "$place/usr"
release=${package#linux-image-}
mv "$place/boot/vmlinuz-$release" "$place/vmlinuz"
# Newer packages compress their modules; whoever loads them in the guest shall not care.
find "$place/lib/modules" -name '*.ko.xz' -exec xz -d {} +
PATH="$PATH:/usr/sbin:/sbin" depmod -b "$place" "$release"
echo "$release" >"$place/release"
