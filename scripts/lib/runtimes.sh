# Other programs that run JavaScript: Node 22, 24 and 26, Bun, Deno, as tools/runtimes pins them, in .tools/runtimes.

runtimes="node22 node24 node26 bun deno"

install_runtimes() {
  local want
  want=$(content_hash "$root/tools/runtimes")
  is_stamped "$root/.tools/runtimes/stamp" "$want" && return 0
  say "getting $runtimes"
  mkdir -p "$root/.tools/runtimes"
  cp "$root/tools/runtimes/package.json" "$root/tools/runtimes/package-lock.json" "$root/.tools/runtimes/"
  # Those of other platforms are optional in the lockfile: npm leaves them out.
  (cd "$root/.tools/runtimes" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm could not get the runtimes; check the network and run this again"
  stamp "$root/.tools/runtimes/stamp" "$want"
}

# Its command, one word a line.
runtime_command() { # RUNTIME
  local modules="$root/.tools/runtimes/node_modules" cpu bun_cpu
  case $(uname -m) in
    x86_64) cpu=x64 bun_cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 bun_cpu=aarch64 ;;
    *) fail "no runtime is pinned for $(uname -m)" ;;
  esac
  case $1 in
    node*) printf '%s\n' "$modules/$1-$cpu/bin/node" ;;
    bun) printf '%s\n' "$modules/@oven/bun-linux-$bun_cpu/bin/bun" ;;
    deno) printf '%s\n' "$modules/@deno/linux-$cpu-glibc/deno" run --allow-all ;;
    *) fail "unknown runtime: $1 (expected one of: $runtimes)" ;;
  esac
}
