# Packages of npm, TypeScript, and the addon; each only when its inputs changed.

install_packages() {
  local want
  want=$(cd "$root" && content_hash package.json package-lock.json .npmrc models/*/package.json)-$(node -p process.versions.modules)
  is_stamped "$root/node_modules/.haypile-stamp" "$want" && return 0
  say "installing npm packages"
  # Not "npm ci": it refuses a lockfile without every platform's optional packages, and a mirror may
  # lack some. This installs what the lockfile says, with its digests, and leaves the lockfile alone.
  (cd "$root" && npm install --no-save --no-audit --no-fund --loglevel=error) >&2 ||
    fail "npm install failed; see above"
  stamp "$root/node_modules/.haypile-stamp" "$want"
}

build_typescript() {
  local want
  want=$(cd "$root" && content_hash src page scripts/build-*.ts docs/openapi.json package.json tsconfig.json tsconfig.build.json package-lock.json)
  [ -f "$root/dist/index.js" ] && is_stamped "$root/build/typescript.stamp" "$want" && return 0
  say "building TypeScript"
  rm -rf "$root/dist"
  (cd "$root" && npm run --silent build) >&2 || fail "TypeScript, the page or the API document did not build; see above"
  stamp "$root/build/typescript.stamp" "$want"
}

fetch_grammars() {
  local want
  want=$(cd "$root" && content_hash tools/grammars scripts/lib/fetch-grammars.mjs)
  is_stamped "$root/build/grammars.stamp" "$want" && [ -f "$root/prebuilds/grammars/LICENSES.md" ] && return 0
  say "fetching grammars"
  node "$root/scripts/lib/fetch-grammars.mjs" "$root/tools/grammars/grammars.json" "$root/prebuilds/grammars" >&2 ||
    fail "the grammars could not be fetched; see above"
  stamp "$root/build/grammars.stamp" "$want"
}

build_addon() {
  local want
  want=$(cd "$root" && content_hash native CMakeLists.txt scripts/build-native .native-inputs/onnxruntime tools/onnxruntime)
  is_stamped "$root/prebuilds/.stamp" "$want" && return 0
  say "building the native addon"
  "$root/scripts/build-native" >&2 || fail "the addon did not build; see above"
  stamp "$root/prebuilds/.stamp" "$want"
}
