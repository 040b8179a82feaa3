#!/bin/sh
# The mirror of Debian that apt uses on this machine: nothing here names one. Usage: mirror.sh
set -eu
sources=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true)
mirror=$(echo "$sources" | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | head -1)
[ -n "$mirror" ] || {
  echo 'mirror.sh: apt has no mirror of Debian here' >&2
  exit 69
}
echo "$mirror"
