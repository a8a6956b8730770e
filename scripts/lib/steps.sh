# Steps of scripts/test, here and in a lane beside. What a step of the lane says goes to build/steps/NAME.log and is shown
# whole when the lane is joined: two outputs are never mixed.
#   step NAME COMMAND…   runs it; what it said and how long it took; fails as the command does
#   beside COMMAND…      runs steps in the background
#   join                 waits for them and shows what they said; fails when one of them did

steps_folder="$root/build/steps"
# The process group of the lane, while it runs.
lane_id=
in_lane=

begin_steps() {
  rm -rf "$steps_folder"
  mkdir -p "$steps_folder"
  : >"$steps_folder/done"
  trap '[ -z "$lane_id" ] || kill -- "-$lane_id" 2>/dev/null || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
}

step() { # NAME COMMAND…
  local name=$1 start=$SECONDS how=passed log="$steps_folder/${1//[ ,]/-}.log"
  shift
  if [ -n "$in_lane" ]; then
    # Not only at the end: whoever waits can look.
    "$@" >"$log" 2>&1 || { how=failed && printf '\ntest: the step "%s" failed beside; see %s, or below\n' "$name" "$log"; }
  else
    printf '\n== %s\n' "$name"
    "$@" || how=failed
    said_of "$how" $((SECONDS - start)) "$name"
  fi
  printf '%s %s %s\n' "$how" "$((SECONDS - start))" "$name" >>"$steps_folder/done"
  [ "$how" = passed ]
}

said_of() { # HOW SECONDS NAME
  if [ "$1" = passed ]; then
    printf '== %s: %s s\n' "$3" "$2"
  else
    printf '\ntest: the step "%s" failed after %s s\n' "$3" "$2"
  fi
}

beside() { # COMMAND…
  # With job control it is a group of its own, which can be ended whole.
  set -m
  (
    set +m
    in_lane=1
    "$@"
  ) </dev/null &
  lane_id=$!
  set +m
}

join() {
  local code=0 how seconds name
  [ -n "$lane_id" ] || return 0
  kill -0 "$lane_id" 2>/dev/null && printf '\nWaiting for what runs beside; its last words are in %s.\n' "$steps_folder"
  wait "$lane_id" || code=$?
  lane_id=
  while read -r how seconds name; do
    [ -f "$steps_folder/${name//[ ,]/-}.log" ] || continue
    printf '\n== %s (beside)\n' "$name"
    cat "$steps_folder/${name//[ ,]/-}.log"
    said_of "$how" "$seconds" "$name"
  done <"$steps_folder/done"
  return "$code"
}

steps_that() { # passed|failed
  grep -c "^$1 " "$steps_folder/done" || true
}
