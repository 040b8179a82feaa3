#!/bin/busybox sh
# The guest's first process, in the initramfs: finds the disk, whose driver is a module, and goes there.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t devtmpfs dev /dev
while read -r module; do $busybox insmod "/modules/$module"; done </modules/order
$busybox mount -t ext4 /dev/vda /root || $busybox reboot -f
$busybox mount -t tmpfs run /root/run
$busybox cp /request /root/run/request
$busybox umount /proc
$busybox mount --move /dev /root/dev
exec $busybox switch_root /root /bin/sh /project/scripts/kernels/guest.sh
