#!/bin/sh
# The first file system of a guest: busybox, the driver of its disk in loading order, and what it is asked to do.
# Usage: initramfs.sh SERIES REQUEST-FILE   makes build/kernels/SERIES/initramfs
set -eu
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/sbin:/sbin"

place=build/kernels/$1
root=$place/initramfs.d
rm -rf "$root"
mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/dev" "$root/root"
cp -L "$(command -v busybox)" "$root/bin/busybox"
cp scripts/kernels/init.sh "$root/init"
cp "$2" "$root/request"
chmod 755 "$root/init"

: >"$root/modules/order"
for wanted in virtio_pci virtio_blk; do
  # "insmod /path/to/virtio.ko", or "builtin virtio".
  modprobe -d "$PWD/$place" -S "$(cat "$place/release")" --show-depends "$wanted" | sed -n 's/^insmod //p' | while read -r file; do
    [ ! -e "$root/modules/$(basename "$file")" ] || continue
    cp "$file" "$root/modules/"
    basename "$file" >>"$root/modules/order"
  done
done
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$place/initramfs"
rm -rf "$root"
