# The folders a container image is made of, a layer each: system (libraries, users, tini), node, haypile.

image_suite=bookworm
image_packages=(libc6 libgcc-s1 gcc-12-base libstdc++6 tini)

lay_root() { # ARCHITECTURE WORK
  local platform
  case $1 in
    amd64) platform=linux-x64 ;;
    arm64) platform=linux-arm64 ;;
  esac
  lay_haypile "$platform" "$2"
  lay_node "$platform" "$2"
  lay_system "$1" "$2"
}

# As npm installs it, without what only people and compilers read. Licences stay.
lay_haypile() { # PLATFORM WORK
  local app="$2/haypile/opt/haypile"
  find "$root/prebuilds/$1" -name '*.node' 2>/dev/null | grep -q . ||
    fail "there is no addon for $1 in prebuilds/. Build it with scripts/setup (this machine's) or scripts/build-prebuilds $1"
  fetch_runtime "$1"
  (cd "$root" && node scripts/lib/install-packs.ts "$1" "$2/project")
  mkdir -p "$app" "$2/haypile/usr/local/bin"
  mv "$2/project/node_modules" "$app/"
  rm -rf "$app/node_modules/.bin" "$app/node_modules/.package-lock.json"
  find "$app" -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name CHANGELOG.md \) -delete
  rm -rf "$app/node_modules/undici/docs"
  # The package of addons has those of every platform.
  find "$app/node_modules/@haypile/native" -mindepth 1 -type d -regextype posix-extended \
    -regex '.*/(linux|linuxmusl|darwin|win32)-(x64|arm64)' ! -name "$1" -prune -exec rm -rf {} +
  find "$app/node_modules/@haypile/native" -name '*.musl.node' -delete
  find "$app" -type d -empty -delete
  cp "$root/tools/container/haypile" "$2/haypile/usr/local/bin/haypile"
}

# The Node that tools/node pins by digest, without the names of its own functions.
lay_node() { # PLATFORM WORK
  local work="$2/npm-node" strip
  mkdir -p "$work" "$2/node/usr/local/bin" "$2/node/usr/share/doc/node"
  cp "$root/tools/node/package.json" "$root/tools/node/package-lock.json" "$work/"
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --os=linux --cpu="${1#linux-}") >&2 ||
    fail "npm could not get node-$1"
  local from="$work/node_modules/node-$1"
  cp "$from/bin/node" "$2/node/usr/local/bin/node"
  cp "$from"/LICENSE* "$2/node/usr/share/doc/node/" 2>/dev/null || cp "$from/package.json" "$2/node/usr/share/doc/node/"
  strip=$(strip_of "$1")
  "$strip" --strip-unneeded "$2/node/usr/local/bin/node"
}

strip_of() { # PLATFORM
  [ "$1" = "linux-$(node -p process.arch)" ] && { echo strip; return 0; }
  have_or_install aarch64-linux-gnu-strip binutils-aarch64-linux-gnu >&2 || fail "aarch64-linux-gnu-strip is needed"
  echo aarch64-linux-gnu-strip
}

# Of Debian's packages what the programs ask for, by the names in their own headers, and their licences.
lay_system() { # ARCHITECTURE WORK
  local architecture=$1 debian="$2/debian" system="$2/system" package name found
  have_or_install objdump binutils || fail "objdump is needed (binutils)"
  private_apt "$2/apt" "$image_suite" deb "$architecture" &&
    (cd "$2/apt" && run_apt "$2/apt" apt-get -q download "${image_packages[@]}") >>"$2/apt/log" 2>&1 ||
    { tail -n 5 "$2/apt/log" >&2; fail "could not get ${image_packages[*]} for $architecture from Debian"; }
  for package in "$2"/apt/*.deb; do dpkg -x "$package" "$debian"; done
  mkdir -p "$system"/{etc,tmp,proc,sys,dev,usr/bin,usr/lib,lib,data} "$system/usr/share/doc"
  cp "$debian/usr/bin/tini" "$system/usr/bin/tini"
  for package in "${image_packages[@]}"; do
    found="$debian/usr/share/doc/$package/copyright"
    [ -f "$found" ] || continue
    mkdir -p "$system/usr/share/doc/$package"
    cp -L "$found" "$system/usr/share/doc/$package/"
  done
  copy_libraries "$debian" "$system" "$2/node" "$2/haypile"
  # Where programs look for the loader.
  case $architecture in
    amd64) mkdir -p "$system/lib64" && ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$system/lib64/" ;;
    arm64) ln -s aarch64-linux-gnu/ld-linux-aarch64.so.1 "$system/lib/" ;;
  esac
  chmod 0700 "$system/data"
  chmod 1777 "$system/tmp"
  printf 'root:x:0:0:root:/:/nowhere\nhaypile:x:1000:1000:haypile:/data:/nowhere\n' >"$system/etc/passwd"
  printf 'root:x:0:\nhaypile:x:1000:\n' >"$system/etc/group"
  printf 'hosts: files dns\n' >"$system/etc/nsswitch.conf"
  (cd "$2/apt" && for package in *.deb; do printf '%s\n' "${package%.deb}"; done) >"$system/usr/share/doc/packages.txt"
}

# Follows the libraries that programs need, from folder to folder, until no new one comes.
copy_libraries() { # DEBIAN SYSTEM PROGRAMS…
  local debian=$1 system=$2 name found link new=1
  shift 2
  while [ "$new" = 1 ]; do
    new=0
    for name in $(needed_by "$system" "$@"); do
      find "$system" -name "$name" | grep -q . && continue
      # Some come with a package, beside what needs them.
      find "$@" -name "$name" | grep -q . && continue
      found=$(find "$debian" -path "$debian/lib64" -prune -o -name "$name" -print -quit)
      [ -n "$found" ] || fail "the image needs $name, which none of ${image_packages[*]} has"
      copy_with_link "$debian" "$system" "$found"
      new=1
    done
  done
}

copy_with_link() { # DEBIAN SYSTEM FILE
  local into="$2${3#"$1"}"
  mkdir -p "$(dirname "$into")"
  cp -L "$3" "$into"
}

# The loader counts as a library; objdump says where programs look for it.
needed_by() { # FOLDER…
  find "$@" -type f -size +4k | while read -r file; do
    [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
    objdump -p "$file" 2>/dev/null | awk '$1 == "NEEDED" { print $2 }'
  done | sort -u
}
