# What the start scripts share: their argument, where they install, where they run. Sourced, never run.
set -euo pipefail

port=${1:?usage: start PORT}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=${PEERS_FOLDER:-$root/target/peers}/$(basename "$here")
core=${PEERS_CORE:-0}
mkdir -p "$folder"

# Installs what package-lock.json names into the folder, once.
install_npm_packages() {
  if ! cmp --silent "$here/package-lock.json" "$folder/package-lock.json" || [ ! -d "$folder/node_modules" ]; then
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    npm ci --prefix "$folder" --no-audit --no-fund --silent
  fi
}

# Unpacks Debian packages into the folder, once: the machine's own list of packages stays as it is, and no
# service is set up. What they depend on has to be there; it is the C library and such.
unpack_debian_packages() {
  [ ! -f "$folder/unpacked" ] || return 0
  (
    cd "$folder"
    # The user apt downloads as otherwise may not write here.
    get=(apt-get -qq --option APT::Sandbox::User=root)
    "${get[@]}" download "$@" || { "${get[@]}" update && "${get[@]}" download "$@"; }
    for package in ./*.deb; do dpkg-deb --extract "$package" .; done
    touch unpacked
  )
}

# Becomes the server, on its core and with as many descriptors as it may have.
become() {
  ulimit -n "$(ulimit -Hn)"
  exec taskset --cpu-list "$core" "$@"
}
