#!/bin/sh
# The guest's disk: build/kernels/root.ext4, with this tree, its node_modules, and from this machine Node, the tools of the
# tests and the libraries that they need. Usage: root.sh SERIES…   whose modules go in as well.
set -eu
cd "$(dirname "$0")/../.."

tree=$PWD
root=$tree/build/kernels/root
image=$tree/build/kernels/root.ext4
PATH="$PATH:/usr/sbin:/sbin"

tools='
node bash sh ls cat cp rm mv mkdir chmod chown stat head tail cut tr sort sed awk grep find xargs seq sleep date id env true
false timeout dd wc uname sysctl tee mktemp dirname basename readlink touch printf echo ln
nsenter unshare setpriv flock mount umount ip tc bpftool tcpdump iptables ip6tables ethtool strace iperf3 ping modprobe busybox sync ldd script
'
libraries='libbpf.so.1'

# A file under the path by which it is asked for, whatever links lead to it. /bin, /lib … are links into /usr, as on the host.
put() {
  to=$root$(realpath "$(dirname "$1")")/$(basename "$1")
  [ ! -e "$to" ] || return 0
  mkdir -p "$(dirname "$to")"
  cp -L "$1" "$to"
}

put_libraries_of() {
  for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do put "$library"; done
}

put_with_libraries() {
  put "$1"
  put_libraries_of "$1"
}

rm -rf "$root" "$image"
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64" "$root/project" "$root/etc" "$root/root"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/var/lib" "$root/var/tmp"
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
ln -s ../run "$root/var/run"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo '127.0.0.1 localhost' >"$root/etc/hosts"

for tool in $tools; do
  # Not `command -v`: what the shell answers itself has a file too.
  path=$(which "$tool") || {
    echo "root.sh: no $tool on this machine" >&2
    exit 69
  }
  put_with_libraries "$path"
done
# Node may be anywhere; in the guest it is where the PATH leads.
[ -e "$root/usr/bin/node" ] || ln -s "$(realpath "$(dirname "$(which node)")")/node" "$root/usr/bin/node"
for name in $libraries; do
  put_with_libraries "$(ldconfig -p | sed -n "s|.*$name .*x86-64.* => ||p" | head -n 1)"
done
find -L node_modules -name '*.node' | while read -r addon; do put_libraries_of "$addon"; done
# iptables loads its targets by name.
for plugin in "$(dirname "$(ldconfig -p | sed -n 's|.*libxtables.* => ||p' | head -n 1)")"/xtables/*.so; do
  [ ! -e "$plugin" ] || put "$plugin"
done

for series in "$@"; do cp -a "build/kernels/$series/lib/modules" "$root/usr/lib/"; done

# The tree as it is now, what is not committed included. node_modules may be a link out of it.
tar -c --exclude=./.git --exclude=./node_modules --exclude=./build/kernels --exclude=./coverage . | tar -x -C "$root/project"
cp -a "$(realpath node_modules)" "$root/project/node_modules"

# A quarter beside what is there for what the tests write.
kilobytes=$(du -sk "$root" | cut -f1)
truncate -s "$((kilobytes * 5 / 4 + 65536))K" "$image"
mke2fs -q -t ext4 -d "$root" "$image"
rm -rf "$root"
