# Shared by all scripts: where the repository is, and how they speak.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# Hash of the contents of files and folders, for stamps.
content_hash() {
  find "$@" -type f -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

is_stamped() { # FILE VALUE
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

stamp() { # FILE VALUE
  mkdir -p "$(dirname "$1")"
  printf '%s' "$2" >"$1"
}

# A file that a running program may have open is replaced, never written into.
replace_file() { # FROM TO
  cmp -s "$1" "$2" && return 0
  cp "$1" "$2.new"
  mv "$2.new" "$2"
}
