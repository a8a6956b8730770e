# What the native build needs and no npm package has, fetched into .native-inputs:
#   onnxruntime/onnxruntime_c_api.h   from Debian's libonnxruntime-dev (MIT)
#   mimalloc/                         from Debian's source package mimalloc (MIT)
# Both through private apt configurations made from this machine's own sources, as any user. Other
# systems name them with HAYPILE_ORT_HEADER (the file) and HAYPILE_MIMALLOC_SOURCE (the folder).

inputs="$root/.native-inputs"
header_suite=trixie # the first stable suite that has libonnxruntime-dev
header_package=libonnxruntime-dev
source_suite=bookworm
source_file='mimalloc_2.0.9+ds.orig.tar.xz'
source_sha256=cbc9d207ff105ad1f0cb739c378076143a6452b8d0624309cea0abfb040e972b

fetch_native_inputs() {
  [ -f "$inputs/onnxruntime/onnxruntime_c_api.h" ] || fetch_header
  [ -f "$inputs/mimalloc/CMakeLists.txt" ] || fetch_mimalloc
}

fetch_header() {
  mkdir -p "$inputs/onnxruntime"
  local target="$inputs/onnxruntime/onnxruntime_c_api.h"
  if [ -n "${HAYPILE_ORT_HEADER:-}" ]; then
    cp "$HAYPILE_ORT_HEADER" "$target" || fail "HAYPILE_ORT_HEADER names no readable file"
    return 0
  fi
  say "getting the ONNX Runtime C header"
  local work="$inputs/apt-header"
  private_apt "$work" "$header_suite" deb &&
    (cd "$work" && run_apt "$work" apt-get -q download "$header_package") >>"$work/log" 2>&1 &&
    dpkg -x "$work/$header_package"_*.deb "$work/unpacked" &&
    cp "$work/unpacked/usr/include/onnxruntime/onnxruntime_c_api.h" "$target" ||
    input_failed "$work" "the ONNX Runtime C header" \
      "set HAYPILE_ORT_HEADER to an onnxruntime_c_api.h of version 1.21"
  grep -q '^#define ORT_API_VERSION 21$' "$target" ||
    say "note: the header is not of ONNX Runtime 1.21, which this was tested with"
  rm -rf "$work"
}

fetch_mimalloc() {
  if [ -n "${HAYPILE_MIMALLOC_SOURCE:-}" ]; then
    cp -R "$HAYPILE_MIMALLOC_SOURCE" "$inputs/mimalloc" ||
      fail "HAYPILE_MIMALLOC_SOURCE names no readable folder"
    return 0
  fi
  say "getting the source of mimalloc"
  local work="$inputs/apt-mimalloc"
  private_apt "$work" "$source_suite" deb-src &&
    (cd "$work" && run_apt "$work" apt-get -q source --download-only mimalloc) >>"$work/log" 2>&1 &&
    echo "$source_sha256  $work/$source_file" | sha256sum --check --quiet - >>"$work/log" 2>&1 &&
    mkdir -p "$work/unpacked" && tar -xJf "$work/$source_file" -C "$work/unpacked" --strip-components=1 &&
    mv "$work/unpacked" "$inputs/mimalloc" ||
    input_failed "$work" "the source of mimalloc" \
      "set HAYPILE_MIMALLOC_SOURCE to an unpacked mimalloc 2.x"
  rm -rf "$work"
}

input_failed() { # WORK WHAT FIX
  [ -f "$1/log" ] && tail -n 5 "$1/log" >&2
  fail "could not get $2 from Debian (tried apt with this machine's sources). Fix: $3, and run this again."
}

# A folder with apt's state and one source: the address of this machine's Debian archive.
private_apt() { # WORK SUITE TYPE [ARCHITECTURE]
  local work=$1 suite=$2 kind=$3 architecture=${4:-} address keyring
  rm -rf "$work"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  command -v apt-get >/dev/null 2>&1 || { echo "no apt-get here" >"$work/log"; return 1; }
  address=$(debian_archive)
  [ -n "$address" ] || { echo "no Debian archive in apt's sources" >"$work/log"; return 1; }
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$kind" "$address" "$suite" "$keyring" >"$work/only.sources"
  cat >"$work/apt.conf" <<EOF
Dir::Etc::SourceList "$work/only.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
APT::Sandbox::User "$(id -un)";
Acquire::Retries "3";
EOF
  [ -z "$architecture" ] || printf 'APT::Architecture "%s";\nAPT::Architectures "%s";\n' "$architecture" "$architecture" >>"$work/apt.conf"
  run_apt "$work" apt-get -q update >>"$work/log" 2>&1
}

run_apt() { # WORK COMMAND...
  local work=$1
  shift
  APT_CONFIG="$work/apt.conf" "$@"
}

# The address of the Debian archive in this machine's sources, of either format.
debian_archive() {
  cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -n 's/^URIs:[[:space:]]*//p' |
    tr ' ' '\n' | grep -E '/debian/?$' | head -n1 | grep . ||
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    sed -n 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]\{1,\}\)\{0,1\}\([^[:space:]]*\).*/\2/p' |
      grep -E '/debian/?$' | head -n1
}
