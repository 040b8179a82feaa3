#!/bin/sh
# The file copyright of the package: ours, and that of what is bundled. Usage: copyright.sh   (after npm ci)
set -eu
cd "$(dirname "$0")/../.."

echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
echo 'Upstream-Name: trueingress'
echo
echo 'Files: *'
echo 'Copyright: the trueingress authors'
echo 'License: Apache-2.0'
echo ' On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.'
echo
echo 'Files: usr/lib/trueingress/dist/trueingress.bpf.o'
echo 'Copyright: the trueingress authors'
echo 'License: BSD-2-Clause or GPL-2.0'
sed 's/^$/./; s/^/ /' NOTICE
# Inside the bundle, and koffi beside it.
for package in $(node scripts/packages/shipped.cjs); do
  text=$(find "node_modules/$package" -maxdepth 1 -iname 'licen[sc]e*' | head -1)
  echo
  echo "Files: bundled/$package"
  echo "Copyright: $( (grep -ihm1 '^[^a-z]*copyright' "$text" || echo "the authors of $package") | sed 's/^[^A-Za-z(]*//')"
  echo "License: $package-$(node -p "require('./node_modules/$package/package.json').license")"
  if grep -q 'Apache License' "$text"; then
    echo ' On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.'
  else
    sed 's/^[[:space:]]*$/./; s/^/ /' "$text"
  fi
done
