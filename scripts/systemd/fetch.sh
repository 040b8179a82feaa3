#!/bin/sh
# Another systemd than the machine's, taken apart and not installed: build/systemd/VERSION/{lib,usr,…}, from Debian's backports for the
# release that this machine is. Usage: fetch.sh   Prints the version; what is there already is not fetched again.
set -eu
cd "$(dirname "$0")/../.."

place=$PWD/build/systemd
found=$(ls "$place" 2>/dev/null | grep -x '[0-9]*' | sort -n | tail -1)
[ -z "$found" ] || { echo "$found"; exit 0; }

fail() {
  echo "fetch.sh: $*" >&2
  exit 69
}

command -v apt-get >/dev/null || fail 'systemd comes as Debian packages, and this machine has no apt-get'
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || fail '/etc/os-release names no release of Debian'
# The same mirror and key that this machine has, with the backports of its release: lists and packages in places of our own.
sources=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
mirror=$(echo "$sources" | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | head -1)
[ -n "$mirror" ] || fail 'apt has no mirror of Debian here'
apt=$place/apt
rm -rf "$apt"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/download"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release-backports main" >"$apt/sources.list"
printf 'Dir::State::Lists "%s";\nDir::Cache "%s";\nDir::Etc::SourceList "%s";\nDir::Etc::SourceParts "/dev/null";\n' \
  "$apt/lists" "$apt/cache" "$apt/sources.list" >"$apt/apt.conf"
export APT_CONFIG="$apt/apt.conf"
apt-get -qq update >/dev/null 2>&1 || fail "apt offers no $release-backports here"
(cd "$apt/download" && apt-get -q download "systemd/$release-backports" "libsystemd-shared/$release-backports" "libsystemd0/$release-backports" >/dev/null 2>&1) ||
  fail "apt-get download of systemd from $release-backports failed"
for package in "$apt"/download/*.deb; do dpkg -x "$package" "$apt/root"; done
version=$(echo "$apt"/download/systemd_*.deb | sed -n 's/.*systemd_\([0-9]*\).*/\1/p')
# The packages are older than merged /usr, the root that they are laid over is not.
for directory in bin sbin lib lib64; do
  [ ! -d "$apt/root/$directory" ] || { cp -a "$apt/root/$directory" "$apt/root/usr/" && rm -r "${apt:?}/root/$directory"; }
done
mv "$apt/root" "$place/$version"
rm -rf "$apt"
echo "$version"
