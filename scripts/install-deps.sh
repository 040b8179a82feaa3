#!/bin/sh
# Installs what building and testing need and the machine lacks: Debian packages (as root) and npm modules (as the user).
# Usage: install-deps.sh [apt|npm|kernels|packages]   without an argument, apt and npm; kernels, packages: what `make test-kernels`, `make test-packages` need besides. Silent about what is there already.
set -eu
cd "$(dirname "$0")/.."

fail() {
  echo "install-deps.sh: $*" >&2
  exit 69
}

# package:proof, a proof being a command or a file (a list in braces would not be sh).
needed='
clang:clang llvm:llvm-strip llvm:llvm-objcopy bpftool:bpftool iproute2:ip iproute2:tc util-linux:nsenter
tcpdump:tcpdump iperf3:iperf3 ethtool:ethtool strace:strace iptables:iptables iputils-ping:ping make:make
tshark:tshark ansible-core:ansible-playbook
bash:bash zsh:zsh fish:fish man-db:man mandoc:mandoc dpkg:dpkg-deb
libbpf-dev:/usr/include/bpf/bpf_helpers.h libbpf1:libbpf.so.1
'

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *.so.*) /sbin/ldconfig -p | grep -q "$1" ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
  esac
}

# For guests with other kernels.
needed_for_kernels='
qemu-system-x86:qemu-system-x86_64 busybox-static:busybox kmod:modprobe kmod:depmod cpio:cpio e2fsprogs:mke2fs xz-utils:xz
'

# For clean roots to install packages in, and to reach them by ssh.
needed_for_packages='debootstrap:debootstrap lintian:lintian openssh-client:ssh openssh-client:ssh-keygen'

install_apt() {
  missing=''
  for pair in $needed; do
    present "${pair#*:}" || case " $missing " in
      *" ${pair%%:*} "*) ;;
      *) missing="$missing ${pair%%:*}" ;;
    esac
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "missing:$missing; this machine has no apt-get, please install them"
  sudo=''
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "missing:$missing; run as root: apt-get install$missing"
    sudo='sudo'
  fi
  echo "> installing Debian packages:$missing"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null
  # shellcheck disable=SC2086  # a list of words is meant
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

install_npm() {
  command -v node >/dev/null || fail 'node is not on PATH; version 20.19 or newer is needed'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "node $(node -p process.versions.node) is too old; version 20.19 or newer is needed"
  if [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
    return 0
  fi
  command -v npm >/dev/null || fail 'npm is not on PATH'
  echo '> npm ci (no install scripts: every binary comes inside a package)'
  scripts/as-user.sh npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
}

case ${1:-both} in
  apt) install_apt ;;
  kernels) needed=$needed_for_kernels && install_apt ;;
  packages) needed=$needed_for_packages && install_apt ;;
  npm) install_npm ;;
  both) install_apt && install_npm ;;
  *) fail "unknown argument $1" ;;
esac
