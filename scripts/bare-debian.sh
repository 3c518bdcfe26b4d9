#!/bin/bash
# Shows that a clone is enough: creates a bare Debian (only the essential packages, Node.js and npm), clones
# the committed state of this project into it, and runs a command there as root.
#
#   scripts/bare-debian.sh DIR [COMMAND…]      default: npm start
#   scripts/bare-debian.sh DIR npm test
#   scripts/bare-debian.sh DIR --again npm test      in the system as the last command left it
#
# DIR is created again each time, except with --again; DIR.debootstrap.tar caches the new system.
# Needs root, debootstrap and git. The mirror, proxies, certificates and npm registry are those of this
# machine; credentials are not copied.
set -euo pipefail

dir=$(realpath -m "${1:?usage: $0 DIR [--again] [COMMAND…]}")
shift
again=no
if [ "${1:-}" = --again ]; then again=yes; shift; fi
[ $# -gt 0 ] || set -- npm start
project=$(realpath "$(dirname "$0")/..")

make_system() {
  local tarball=$dir.debootstrap.tar suite mirror
  if [ ! -e "$tarball" ]; then
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" | head -n 1)
    rm -rf "$dir"
    debootstrap --variant=minbase "$suite" "$dir" "$mirror" > "$dir.debootstrap.log"
    tar -C "$dir" --numeric-owner -cf "$tarball.part" .
    mv "$tarball.part" "$tarball"
  fi
  rm -rf --one-file-system "$dir"
  mkdir -p "$dir"
  tar -C "$dir" --numeric-owner -xf "$tarball"
}

copy_network_settings() {
  cp -L /etc/resolv.conf /etc/hosts "$dir/etc/"
  rm -f "$dir/etc/apt/sources.list"
  local part
  for part in sources.list sources.list.d keyrings trusted.gpg.d preferences.d; do
    [ ! -e "/etc/apt/$part" ] || cp -rL "/etc/apt/$part" "$dir/etc/apt/"
  done
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-[A-Za-z-]+)(::| )' > "$dir/etc/apt/apt.conf.d/90host" || true
  # In a separate file, because installing ca-certificates inside would replace the usual one, without the
  # additions of this host.
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$dir/etc/host-certificates.crt"
    echo 'Acquire::https::CAInfo "/etc/host-certificates.crt";' >> "$dir/etc/apt/apt.conf.d/90host"
  fi
}

copy_node() {
  local node npm
  node=$(realpath "$(command -v node)")
  npm=$(realpath "$(command -v npm)")
  npm=${npm%/bin/npm-cli.js}
  install -D "$node" "$dir/usr/local/bin/node"
  mkdir -p "$dir/usr/local/lib/node_modules"
  cp -rL "$npm" "$dir/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$dir/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$dir/usr/local/bin/npx"
}

if [ $again = no ]; then
  make_system
  copy_network_settings
  copy_node
  git clone --quiet --no-hardlinks "$project" "$dir/root/differ"
fi

settings=(
  HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  npm_config_registry="$(npm config get registry 2> /dev/null)"
)
[ ! -e "$dir/etc/host-certificates.crt" ] ||
  settings+=(NODE_EXTRA_CA_CERTS=/etc/host-certificates.crt npm_config_cafile=/etc/host-certificates.crt)
for name in CI http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done

# pivot_root instead of chroot, because bubblewrap cannot create a sandbox inside a chroot. When the first
# process of the namespace ends, the kernel kills all others, so nothing is left running. The network is shared.
exec unshare --mount --pid --fork --kill-child --propagation private bash -euc '
  root=$1
  shift
  mount --bind "$root" "$root"
  cd "$root"
  mount -t proc proc proc
  mount --rbind /dev dev
  mount --rbind /sys sys
  mkdir -p .host
  pivot_root . .host
  cd /
  umount -l /.host
  cd /root/differ
  exec env -i "$@"
' bash "$dir" "${settings[@]}" "$@"
