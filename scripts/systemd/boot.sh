#!/bin/sh
# Becomes systemd as the first process of namespaces of its own, over a copy-on-write view of this machine's root: nothing of the
# machine is changed, and all of it ends with this process. In the network namespace of whoever calls it; shares the given bpffs.
# Usage: boot.sh NAME BPFFS [VERSION]   NAME: of the cgroup; VERSION: laid over the root, from fetch.sh; without, the machine's own.
# What the guest shall find in its root besides (units, files) is copied from $EXTRA.
set -eu
name=$1 bpffs=$2 version=${3:-}
tree=$PWD

if [ -z "${INSIDE:-}" ]; then
  # The control groups that systemd makes hang below one of ours, which is the root of what it sees.
  exec env INSIDE=cgroup unshare --mount --propagation private sh "$0" "$@"
fi
if [ "$INSIDE" = cgroup ]; then
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/cgroup
  mount -t cgroup2 cgroup2 /mnt/cgroup
  mkdir -p "/mnt/cgroup/$name"
  echo $$ >"/mnt/cgroup/$name/cgroup.procs"
  exec env INSIDE=guest unshare --fork --kill-child --pid --mount --uts --ipc --cgroup sh "$0" "$@"
fi

room=/mnt/room
mkdir -p "$room/upper" "$room/work" "$room/root"
lower=/
[ -z "$version" ] || lower=$tree/build/systemd/$version:/
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$room/upper,workdir=$room/work" "$room/root"
root=$room/root
mount -t proc proc "$root/proc"
mount --bind /proc/sys "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys"
mount --bind "$bpffs" "$root/sys/fs/bpf"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm" "$root/dev/pts"
for place in run tmp var/lib etc/systemd usr/lib/systemd/system; do mount -t tmpfs tmpfs "$root/$place"; done
# Of the machine's own services none shall start: these targets, and what the test brings.
mkdir "$root/etc/systemd/system"
for target in basic sysinit shutdown umount final multi-user network-online emergency rescue default; do
  printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$root/usr/lib/systemd/system/$target.target"
done
mkdir -p "$root$tree"
mountpoint -q "$root$tree" || mount --bind "$tree" "$root$tree"
ln -sf "$tree/dist/trueingress.cjs" "$root/usr/bin/trueingress"
cp -r "$EXTRA/." "$root/"
cd "$root"
mkdir -p tmp/old
pivot_root . tmp/old
umount -l /tmp/old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --log-level=info --show-status=no
