# ONNX Runtime's library for a platform, from PyPI's wheel of "onnxruntime" through pip, as any user, into
# .native-inputs/onnxruntime-<platform>/: the library, LICENSE, ThirdPartyNotices.txt and VERSION. The wheel is only
# unpacked; its digest stands in tools/onnxruntime/libraries.txt. HAYPILE_ORT_LIBRARY names a file to take instead.

runtime_list="$root/tools/onnxruntime/libraries.txt"

# Platforms that have a library.
runtime_platforms() { sed -n 's/^\([a-z]*[0-9]*-[a-z0-9]*\) .*/\1/p' "$runtime_list"; }

# The name by which the addon opens it.
runtime_name() { # PLATFORM
  case $1 in
    darwin-*) echo libonnxruntime.1.dylib ;;
    win32-*) echo onnxruntime.dll ;;
    *) echo libonnxruntime.so.1 ;;
  esac
}

fetch_runtime() { # PLATFORM
  local platform=$1 target="$root/.native-inputs/onnxruntime-$1" version tag file digest work row
  row=$(awk -v p="$platform" '$1 == p { print $2, $3, $4, $5 }' "$runtime_list")
  [ -n "$row" ] || fail "ONNX Runtime has no library for $platform (tools/onnxruntime/libraries.txt)"
  read -r version tag file digest <<<"$row"
  if [ -n "${HAYPILE_ORT_LIBRARY:-}" ]; then
    mkdir -p "$target"
    rm -f "$target"/*
    cp "$HAYPILE_ORT_LIBRARY" "$target/$(runtime_name "$platform")" || fail "HAYPILE_ORT_LIBRARY names no readable file"
    return 0
  fi
  is_stamped "$target/stamp" "$digest" && return 0
  have_or_install pip3 python3-pip ||
    fail "pip is needed to get ONNX Runtime's library. Install it, or name the library with HAYPILE_ORT_LIBRARY"
  say "getting ONNX Runtime $version for $platform"
  work=$(mktemp -d)
  printf 'onnxruntime==%s --hash=sha256:%s\n' "$version" "$digest" >"$work/wanted.txt"
  if ! { pip3 download --quiet --no-deps --only-binary=:all: --python-version 3.12 --platform "$tag" \
    --require-hashes -r "$work/wanted.txt" -d "$work" &&
    python3 -m zipfile -e "$work"/onnxruntime-*.whl "$work/wheel"; } >"$work/log" 2>&1; then
    tail -n 5 "$work/log" >&2
    rm -rf "$work"
    fail "pip could not get ONNX Runtime $version for $platform. Fix: look at the lines above, or name the library with HAYPILE_ORT_LIBRARY"
  fi
  mkdir -p "$target"
  cp "$work/wheel/$file" "$target/$(runtime_name "$platform")"
  cp "$work/wheel/onnxruntime/LICENSE" "$work/wheel/onnxruntime/ThirdPartyNotices.txt" "$target/"
  printf '%s\n' "$version" >"$target/VERSION"
  rm -rf "$work"
  stamp "$target/stamp" "$digest"
}
