#!/bin/sh
# The guest's first process on its disk: makes the machine ready, runs the tests, writes the report to the second disk, powers
# off. /run/request has two assignments: ONLY (words of test names) and FILES (words of file names).
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb CI=1 NO_COLOR=1
# Here nothing may be skipped but what the kernel has not.
export REQUIRE_KERNEL=1 REQUIRE_NETEM=1 REQUIRE_VLAN=1
# Emulated CPUs are some ten times slower.
export TEST_PATIENCE=10
. /run/request
cd /project || exit 1

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
ip link set lo up
# Opening /dev/net/tun would load it, if there were one before.
modprobe tun
# A default route, as every host has one: `make check` wants it.
ip link add eth0 type veth peer name far0
ip link set far0 up
ip link set eth0 up
ip address add 192.0.2.2/24 dev eth0
ip route add default via 192.0.2.1
release=$(uname -r)
printf '\nguest: Linux %s\n' "$release"

scripts/check.sh >/tmp/check 2>&1
checked=$?
cat /tmp/check
hook=$(grep -owE 'tcx|clsact' /tmp/check | head -n 1)
echo "guest: make check ended with $checked, hooks are ${hook:-none}"

# shellcheck disable=SC2086  # FILES are words
node_modules/.bin/vitest run --project kernel --project lab --reporter=default --reporter=json \
  --outputFile.json=/tmp/report.json ${ONLY:+-t "$ONLY"} $FILES
echo "guest: vitest ended with $?"
if [ -e /tmp/report.json ]; then
  { echo "$release ${hook:-none}" && cat /tmp/report.json; } | dd of=/dev/vdb bs=1M iflag=fullblock conv=fsync,notrunc status=none
fi
sync
exec busybox reboot -f
