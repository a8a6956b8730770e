# Compilers and tools of the system. As root on Debian what is missing is installed; elsewhere one
# line says what is missing and the command that installs it.

require_system() {
  local missing=() packages=()
  need() { # PACKAGE WHAT CHECK...
    local package=$1 what=$2
    shift 2
    "$@" >/dev/null 2>&1 && return 0
    missing+=("$what")
    packages+=("$package")
  }
  need g++ "a C++17 compiler (g++)" has_cpp17
  need cmake "CMake 3.20 or newer" has_cmake
  need ninja-build "Ninja" command -v ninja
  need git "git" command -v git
  need xz-utils "xz" command -v xz
  if ! command -v npm >/dev/null 2>&1; then
    missing+=("npm")
    packages+=(npm)
  fi
  [ ${#missing[@]} -eq 0 ] && return 0

  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get install -y --no-install-recommends "${packages[@]}" ||
      { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; }; } \
      >/dev/null || fail "apt-get could not install ${packages[*]}"
    return 0
  fi
  local command="install them with your system's package manager"
  command -v apt-get >/dev/null 2>&1 && command="sudo apt-get install -y ${packages[*]}"
  command -v brew >/dev/null 2>&1 && command="brew install cmake ninja xz node"
  local list
  list=$(printf '%s, ' "${missing[@]}")
  fail "missing: ${list%, }. Run: $command"
}

has_cpp17() { printf '#if __cplusplus < 201703L\n#error old\n#endif\n' | g++ -std=c++17 -x c++ -E - ; }

has_cmake() {
  local version
  version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  [ -n "$version" ] && [ "$(printf '3.20\n%s\n' "$version" | sort -V | head -n1)" = 3.20 ]
}

# Packages a check can do without: installed as root on Debian, elsewhere 1 when the command is missing.
have_or_install() { # COMMAND PACKAGE...
  local command=$1
  shift
  command -v "$command" >/dev/null 2>&1 && return 0
  debian_install "$@" && command -v "$command" >/dev/null 2>&1
}

# As root on Debian; elsewhere 1.
debian_install() { # PACKAGE...
  { command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; } || return 1
  say "installing $*"
  { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }; } \
    >/dev/null 2>&1
}
