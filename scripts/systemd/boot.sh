#!/bin/sh
# Becomes systemd as the first process of namespaces of its own, over a copy-on-write view of a root: nothing of the machine or of that
# root is changed, and all of it ends with this process. In the network namespace of whoever calls it.
# Usage: boot.sh NAME BPFFS ROOT [VERSION]   NAME: of the cgroup. BPFFS: shared with whoever mounted it; empty: one of its own.
# ROOT: /, this machine's, of whose services none starts, and where the tree stands for an installed package; or a root of Debian, which
# starts as it is. VERSION: of systemd, laid over the root, from fetch.sh; without, the root's own.
# What the guest shall find in its root besides (units, files) is copied from $EXTRA.
set -eu
name=$1 bpffs=$2 lower=$3 version=${4:-}
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
root=$room/root
mkdir -p "$room/upper" "$room/work" "$root"
# Not a lower directory of its own: it lies in the tree, which lies in the root, and overlays refuse such a ring.
[ -z "$version" ] || cp -a "$tree/build/systemd/$version/." "$room/upper/"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$room/upper,workdir=$room/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /proc/sys "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys"
if [ -n "$bpffs" ]; then mount --bind "$bpffs" "$root/sys/fs/bpf"; else mount -t bpf bpf "$root/sys/fs/bpf"; fi
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts devpts -o newinstance,ptmxmode=0666 "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for place in run tmp; do mount -t tmpfs tmpfs "$root/$place"; done

if [ "$lower" = / ]; then
  for place in var/lib etc/systemd usr/lib/systemd/system; do mount -t tmpfs tmpfs "$root/$place"; done
  # Of the machine's own services none shall start: these targets, and what the test brings.
  mkdir "$root/etc/systemd/system"
  for target in basic sysinit shutdown umount final multi-user network-online emergency rescue default; do
    printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"$root/usr/lib/systemd/system/$target.target"
  done
  # Where a package puts it: the units see neither /tmp nor anybody's home, and the tree may be there.
  mkdir -p "$root/usr/lib/trueingress"
  mount --bind "$tree" "$root/usr/lib/trueingress"
  ln -sf ../lib/trueingress/dist/trueingress.cjs "$root/usr/bin/trueingress"
fi
cp -r "$EXTRA/." "$root/"
cd "$root"
mkdir -p tmp/old
pivot_root . tmp/old
umount -l /tmp/old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=console --log-level=info --show-status=no
