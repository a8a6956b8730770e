# A browser for the tests of the page: chromium and a font. One that is on the machine serves; else it comes from Debian: with
# apt-get as root, and without root as packages that are unpacked in .tools/browser. Where it cannot be had setup says so
# and goes on, and the tests of the page fail: HAYPILE_WITHOUT_BROWSER=1 leaves both out.
# HAYPILE_BROWSER names a chromium of your own. test/page/find-browser.ts looks in the same places.

browser_folder="$root/.tools/browser"
browser_packages="chromium fonts-dejavu-core"

require_browser() {
  [ "${HAYPILE_WITHOUT_BROWSER:-}" = 1 ] && return 0
  # The page has no parts of a system: what holds on Linux holds elsewhere.
  [ "$(uname -s)" = Linux ] || return 0
  has_browser && return 0
  # Ubuntu's package of that name is a snap in disguise.
  if grep -qi '^ID=debian' /etc/os-release 2>/dev/null && debian_install $browser_packages && has_browser; then return 0; fi
  (fetch_browser) && has_browser && return 0
  say "no browser: the tests of the page will fail. Install chromium (Debian: apt-get install $browser_packages), name one with HAYPILE_BROWSER, or leave those tests out with HAYPILE_WITHOUT_BROWSER=1"
}

has_browser() {
  [ -n "${HAYPILE_BROWSER:-}" ] && return 0
  local name
  for name in chromium google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  [ -x "$browser_folder/chromium" ]
}

# What this machine lacks of chromium, unpacked in a folder of its own.
fetch_browser() {
  local work="$browser_folder/apt" suite name names here
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null)
  command -v dpkg >/dev/null 2>&1 && [ -n "$suite" ] || return 1
  say "getting chromium into .tools/browser (110 MB)"
  rm -rf "$browser_folder"
  mkdir -p "$browser_folder"
  private_apt "$work" "$suite" deb || { browser_failed; return 1; }
  # Names of what would be installed here: "Inst NAME (VERSION …)".
  here="Dir::State::status=${browser_status:-/var/lib/dpkg/status}"
  names=$(run_apt "$work" apt-get -q -s -f -o "$here" --no-install-recommends install $browser_packages 2>>"$work/log" |
    sed -n 's/^Inst \([^ ]*\).*/\1/p')
  [ -n "$names" ] || { browser_failed; return 1; }
  (cd "$work" && run_apt "$work" apt-get -q -o "$here" download $names) >>"$work/log" 2>&1 || { browser_failed; return 1; }
  for name in "$work"/*.deb; do
    dpkg -x "$name" "$browser_folder/root" || { browser_failed; return 1; }
  done
  rm -rf "$work"
  write_browser_start
}

browser_failed() { tail -n 5 "$browser_folder/apt/log" >&2 2>/dev/null || true; }

# It starts chromium with the libraries and fonts that lie beside it, and with those of the machine.
write_browser_start() {
  local at="$browser_folder/root" triplet
  triplet=$(basename "$(dirname "$(find "$at/usr/lib" -path '*-linux-gnu*/lib*.so*' 2>/dev/null | head -n1)")")
  cat >"$browser_folder/fonts.conf" <<END
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$at/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$browser_folder/fonts</cachedir></fontconfig>
END
  cat >"$browser_folder/chromium.new" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$at/usr/lib/$triplet:$at/lib/$triplet" FONTCONFIG_FILE="$browser_folder/fonts.conf"
exec "$at/usr/lib/chromium/chromium" "\$@"
END
  chmod +x "$browser_folder/chromium.new"
  mv "$browser_folder/chromium.new" "$browser_folder/chromium"
}
