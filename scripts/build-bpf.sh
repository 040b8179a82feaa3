#!/bin/sh
# Builds build/bpf/trueingress.bpf.o, and from the same sources broken.bpf.o with two faults in it on purpose, to show that
# the probes and the lab find them, and upgrade.bpf.o, which differs in one constant: a program to upgrade to in tests.
# With arguments, OUTPUT SOURCE [CLANG_ARGUMENT…], builds only that: a variant that somebody wants to measure.
# Needs clang 14 or newer, libbpf-dev and linux-libc-dev.
set -eu
cd "$(dirname "$0")/.."

machine=$(uname -m)
# Where Debian keeps asm/*.h, which -target bpf does not look for. Barriers can be weaker on x86 (include/remote.h).
system=/usr/include/$machine-linux-gnu
case $machine in
x86_64) arch=-D__TARGET_ARCH_x86 ;;
*) arch= ;;
esac

build() {
	output=$1
	source=$2
	shift 2
	# shellcheck disable=SC2086 # $arch is one word or none
	${CLANG:-clang} -O2 -g -std=gnu11 -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wpadded -isystem "$system" $arch "$@" \
		-c "$source" -o "$output.new"
	# DWARF is of no use to the kernel and four times the size; BTF stays.
	if command -v "${LLVM_STRIP:-llvm-strip}" >/dev/null; then "${LLVM_STRIP:-llvm-strip}" -g "$output.new"; fi
	# Whole or not at all: others may be reading the file.
	mv "$output.new" "$output"
}

mkdir -p build/bpf
if [ $# -gt 0 ]; then
	build "$@"
	exit
fi
build build/bpf/trueingress.bpf.o bpf/trueingress.bpf.c
build build/bpf/broken.bpf.o bpf/trueingress.bpf.c -DDELIBERATELY_BROKEN -Wno-unused-parameter -Wno-unused-function
build build/bpf/upgrade.bpf.o bpf/trueingress.bpf.c -DOPTIONS_LOOKED_AT=11
# An instance of an earlier layout, for the test of upgrades.
build build/bpf/layout2.bpf.o test/kernel/bpf/layout2.bpf.c
