#!/bin/sh
# Runs a command as the person who typed `make`, also under `sudo make`: nothing that only builds runs as root by accident.
set -eu

if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
  exec runuser -u "$SUDO_USER" -- env "PATH=$PATH" "HOME=$(getent passwd "$SUDO_USER" | cut -d: -f6)" "$@"
fi
exec "$@"
