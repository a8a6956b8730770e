# Zig's C and C++ compiler, which compiles for every platform from this one, in .tools/zig: the wheel that
# tools/zig/requirements.txt names, by its digest. Sourced after common.sh and system.sh; or run, to have it there.
#   .tools/zig/bin/zig                       the program
#   .tools/zig/bin/zig-{cc,c++,ar,ranlib,dlltool,rc}   one word each, as CMake wants them
# What it compiles of its own libraries stays in .tools/zig/cache.

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  . "$(dirname "${BASH_SOURCE[0]}")/common.sh"
  . "$(dirname "${BASH_SOURCE[0]}")/system.sh"
fi

zig_folder="$root/.tools/zig"

install_zig() {
  local wants="$root/tools/zig/requirements.txt" want
  want=$(cat "$wants" "$root/scripts/lib/zig.sh" | sha256sum | cut -d' ' -f1)
  is_stamped "$zig_folder/stamp" "$want" && return 0
  say "getting zig into .tools/zig (100 MB)"
  has_pip || have_or_install pip3 python3-pip || fail "zig needs Python's pip. Run: sudo apt-get install -y python3-pip"
  rm -rf "$zig_folder"
  mkdir -p "$zig_folder/wheel" "$zig_folder/bin"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$zig_folder/wheel" --requirement "$wants" >&2 ||
    fail "pip could not get zig; check the network and run this again"
  python3 -m zipfile -e "$zig_folder"/wheel/*.whl "$zig_folder" || fail "the wheel of zig could not be unpacked"
  rm -rf "$zig_folder/wheel"
  chmod +x "$zig_folder/ziglang/zig"
  zig_word zig ""
  local word
  for word in cc c++ ar ranlib dlltool rc; do zig_word "zig-$word" "$word"; done
  "$zig_folder/bin/zig" version >/dev/null || fail "zig does not run here"
  stamp "$zig_folder/stamp" "$want"
}

zig_word() { # NAME SUBCOMMAND
  cat >"$zig_folder/bin/$1" <<END
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR="\${ZIG_GLOBAL_CACHE_DIR:-$zig_folder/cache}"
export ZIG_LOCAL_CACHE_DIR="\${ZIG_LOCAL_CACHE_DIR:-$zig_folder/cache}"
exec "$zig_folder/ziglang/zig" $2 "\$@"
END
  chmod +x "$zig_folder/bin/$1"
}

has_pip() { python3 -m pip --version >/dev/null 2>&1; }

[ "${BASH_SOURCE[0]}" = "$0" ] && install_zig
true
