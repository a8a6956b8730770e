# What can be shown of the native half on Windows here. Sourced after common.sh, system.sh and wine.sh.
#   windows_cpp_checks                       the C++ tests, compiled with zig (scripts/lib/zig.sh has to be installed)
#   windows_addon_checks ADDON [LIBRARY]     the addon in Windows' Node: the bits of this machine's own build, on every path
#                                            of instructions; with LIBRARY (onnxruntime.dll) those of ONNX Runtime; memory
#                                            that cannot be had
#   windows_bridge_checks BRIDGE ADDON       the bridge with a daemon at a pipe
# Each gives 1 when something is wrong, having said what. Results lie in build/platforms.

platforms_folder="$root/build/platforms"

windows_cpp_checks() {
  local folder="$root/build/win32-x64-tests" log="$platforms_folder/cpp.log" failed=0 program
  mkdir -p "$platforms_folder"
  { cmake -S "$root" -B "$folder" -G Ninja -DNATIVE_TESTS=ON \
    -DCMAKE_TOOLCHAIN_FILE="$root/tools/toolchains/win32-x64.cmake" && cmake --build "$folder"; } >"$log" 2>&1 ||
    { grep -E 'error' "$log" | head -n 20 >&2; return 1; }
  for program in "$folder"/test/native/*_test.exe; do
    local words=()
    case $program in *encoder_fixtures_test.exe) words=("$(windows_path "$root/test/fixtures/encoder")") ;; esac
    windows_run 300 "$program" ${words[@]+"${words[@]}"} || failed=1
    printf '%s: %s\n' "$(basename "$program")" "$(tail -n 1 "$windows_said" | tr -d '\r')"
  done
  return $failed
}

windows_addon_checks() { # ADDON [LIBRARY]
  local request="$platforms_folder/request.json" own="$platforms_folder/addon-here.json" own_addon own_library=""
  mkdir -p "$platforms_folder"
  own_addon=$(ls "$root"/prebuilds/linux-x64/haypile*.node | head -n 1)
  [ -z "${2:-}" ] || own_library=$(ls "$root"/prebuilds/linux-x64/libonnxruntime.so.1)
  rm -rf "$platforms_folder"/scratch-*
  node "$root/test/platforms/write-request.ts" "$request"
  node "$root/test/platforms/addon.cjs" "$request" "$own" "$own_addon" "$platforms_folder/scratch-here" $own_library
  windows_program addon.cjs "$request" "$platforms_folder/addon-windows.json" "$1" "$platforms_folder/scratch-addon" ${2:-} || return 1
  node "$root/test/platforms/compare.cjs" "$own" "$platforms_folder/addon-windows.json" || return 1
  HAYPILE_FAULTS=1 windows_program failing.cjs "$request" "$platforms_folder/failing-windows.json" "$1" \
    "$platforms_folder/scratch-failing" ${2:-}
}

windows_bridge_checks() { # BRIDGE ADDON
  mkdir -p "$platforms_folder"
  rm -rf "$platforms_folder/scratch-bridge"
  windows_program bridge.cjs "$platforms_folder/bridge-windows.json" "$1" "$2" "$platforms_folder/scratch-bridge"
}

windows_program() { # PROGRAM WORD…
  local program=$1
  shift
  windows_run 300 "$windows_node" "$(windows_path "$root/test/platforms/$program")" "$@" && return 0
  local word
  for word in "$@"; do
    case $word in *-windows.json) [ -f "$word" ] && cat "$word" >&2 ;; esac
  done
  return 1
}
