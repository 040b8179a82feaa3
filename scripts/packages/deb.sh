#!/bin/sh
# build/trueingress_VERSION_ARCHITECTURE.deb, by dpkg-deb over a staged tree: the bundle with koffi's native file beside it, units,
# manual, completions, schemas, documents, the collection of Ansible. Usage: deb.sh   Prints the path. After `make build`.
# DEBFULLNAME and DEBEMAIL are the maintainer.
set -eu
cd "$(dirname "$0")/../.."
umask 022

architecture=$(dpkg --print-architecture)
version=$(node -p 'require("./package.json").version')
# What is not released yet is older than the release.
[ -z "$(sed -n 's/^## Unreleased/x/p' CHANGELOG.md)" ] || version="$version~dev"
native=$(node -p 'process.arch === "x64" ? "linux-x64" : `linux-${process.arch}`')
tree=build/deb/tree
package=build/trueingress_${version}_$architecture.deb

rm -rf build/deb
put() { # MODE DIRECTORY FILE…
  mode=$1 directory=$tree$2
  shift 2
  mkdir -p "$directory"
  for file; do install -m "$mode" "$file" "$directory/"; done
}

lib=/usr/lib/trueingress
put 644 $lib package.json
put 755 $lib/dist dist/trueingress.cjs
put 644 $lib/dist dist/trueingress-*.js dist/trueingress-*.js.cache dist/trueingress.bpf.o
# Of koffi what is required at run time; sources and documentation stay behind.
put 644 $lib/node_modules/koffi node_modules/koffi/package.json node_modules/koffi/index.cjs node_modules/koffi/index.js
cp -r --parents node_modules/koffi/src "$tree$lib/"
find "$tree$lib/node_modules/koffi/src" -type f ! -name '*.js' ! -name '*.cjs' ! -name '*.json' -delete
mkdir -p "$tree$lib/node_modules/@koromix"
cp -r "node_modules/@koromix/koffi-$native" "$tree$lib/node_modules/@koromix/"
rm -rf "$tree$lib"/node_modules/@koromix/*/musl_* "$tree$lib"/node_modules/@koromix/*/README.md
mkdir -p "$tree/usr/bin"
ln -s ../lib/trueingress/dist/trueingress.cjs "$tree/usr/bin/trueingress"

put 644 /usr/lib/systemd/system packaging/systemd/*.service
put 644 /etc/trueingress packaging/deb/topology.yaml.example
put 644 /usr/share/trueingress/schemas schemas/*.schema.json
mkdir -p "$tree/usr/share/trueingress"
cp -r share/grafana share/wireshark "$tree/usr/share/trueingress/"

node scripts/run.mjs scripts/packages/manual.ts build/share
put 644 /usr/share/man/man1 build/share/man1/*
put 644 /usr/share/man/man5 build/share/man5/*
gzip -9n "$tree"/usr/share/man/man?/*
mkdir -p "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions" "$tree/usr/share/fish/vendor_completions.d"
cp build/share/completions/trueingress.bash "$tree/usr/share/bash-completion/completions/trueingress"
cp build/share/completions/_trueingress "$tree/usr/share/zsh/vendor-completions/"
cp build/share/completions/trueingress.fish "$tree/usr/share/fish/vendor_completions.d/"

# Where ansible-core looks by itself.
gateway=/usr/share/ansible/collections/ansible_collections/trueingress/gateway
mkdir -p "$tree$gateway"
cp -r ansible/. "$tree$gateway/"
find "$tree$gateway" -name __pycache__ -prune -exec rm -r {} +

# Documents lie as they do in the tree, so that one finds the other; what has a place of its own is there by a link.
doc=/usr/share/doc/trueingress
mkdir -p "$tree$doc"
cp -r --parents README.md CHANGELOG.md NOTICE docs examples "$tree$doc/"
ln -s ../../trueingress/schemas "$tree$doc/schemas"
ln -s ../../trueingress "$tree$doc/share"
ln -s ../../ansible/collections/ansible_collections/trueingress/gateway "$tree$doc/ansible"
# Editors find the schema where the package has it.
find "$tree$doc/examples" -name '*.yaml' -exec sed -i 's|\$schema=[./]*schemas/|$schema=/usr/share/trueingress/schemas/|' {} +
node scripts/packages/copyright.cjs >"$tree$doc/copyright"
# Whoever publishes it says who maintains it, as to every tool of Debian.
maintainer="${DEBFULLNAME:-The trueingress authors} <${DEBEMAIL:-trueingress@localhost}>"
date=$(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
node scripts/packages/changelog.cjs "$version" "$maintainer" "$date" | gzip -9nc >"$tree$doc/changelog.gz"
put 644 /usr/share/lintian/overrides packaging/deb/lintian/trueingress

mkdir -p "$tree/DEBIAN"
for script in postinst prerm postrm; do install -m 755 packaging/deb/$script "$tree/DEBIAN/"; done
echo /etc/trueingress/topology.yaml.example >"$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$tree"
size=$(du -sk --exclude=DEBIAN "$tree" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/; s|@MAINTAINER@|$maintainer|" packaging/deb/control.in >"$tree/DEBIAN/control"
# Whoever looks meanwhile finds a whole one.
dpkg-deb --root-owner-group --build "$tree" build/deb/package >/dev/null
mv build/deb/package "$package"
echo "$package"
