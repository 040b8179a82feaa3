#!/bin/sh
# `make check`: does this machine take our programs? Loads them, attaches them to IFACE (default: the interface of the IPv4
# default route), shows what runs, takes everything off again. The topology is empty, so no packet is touched.
set -eu
cd "$(dirname "$0")/.."

name="check-$$"
trueingress() {
  echo "> trueingress $*"
  node dist/trueingress.cjs "$@"
}

directory=$(mktemp -d)
export TRUEINGRESS_RUN_DIR="$directory/run" TRUEINGRESS_STATE_DIR="$directory/state"
clean() {
  status=$?
  node dist/trueingress.cjs remove --yes -i "$name" >/dev/null 2>&1 || true
  rm -rf "$directory"
  exit "$status"
}
trap clean EXIT
trap 'exit 130' INT TERM

{
  printf 'apiVersion: trueingress/v1\nname: %s\nrole: gateway\n' "$name"
  [ -z "${IFACE:-}" ] || printf 'interfaces: [%s]\n' "$IFACE"
} >"$directory/check.yaml"

trueingress apply -f "$directory/check.yaml"
trueingress status -i "$name"
trueingress detach --yes -i "$name"
trueingress remove --yes -i "$name"
echo 'check: loaded, attached and detached'
