#!/bin/sh
# Runs a command in a copy-on-write view of a root, with the bpffs and the /run of a room: what it changes is below ROOM and ends with
# it. In the network namespace of whoever calls it. Usage: enter.sh LOWER ROOM COMMAND…   ROOM has upper, work, root, run, bpffs.
set -eu
lower=$1 room=$2
[ -n "${INSIDE:-}" ] || exec env INSIDE=mounts unshare --mount --propagation private sh "$0" "$@"
shift 2

root=$room/root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$room/upper,workdir=$room/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --bind "$room/bpffs" "$root/sys/fs/bpf"
mount --bind "$room/run" "$root/run"
mount --rbind /dev "$root/dev"
# Names of the mirror are found as they are on this machine.
for file in resolv.conf hosts; do
  [ -e "$root/etc/$file" ] || : >"$root/etc/$file"
  mount --bind "$(readlink -f "/etc/$file")" "$root/etc/$file"
done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
