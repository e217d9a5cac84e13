# Shows one line a step with the seconds since the start, and keeps what the steps print in a log file.
# shellcheck shell=bash

readonly TOLD=3 # the exit status of a script that has already said why it failed
current_step='starting'
at_exit=() # a command that must run however the script ends

# start_progress LOG: from here on standard output and error go to LOG, and steps to the terminal.
start_progress() {
  progress_log=$1
  mkdir -p "$(dirname "$progress_log")"
  exec 3>&2
  exec >"$progress_log" 2>&1
  trap 'tell_failure $?' EXIT
}

step() {
  current_step=$*
  printf '%5d s  %s\n' "$SECONDS" "$*" >&3
  printf '=== %d s: %s\n' "$SECONDS" "$*"
}

fail() {
  printf '%5d s  failed: %s (details: %s)\n' "$SECONDS" "$*" "$progress_log" >&3
  exit "$TOLD"
}

tell_failure() {
  [ "${#at_exit[@]}" -eq 0 ] || "${at_exit[@]}"
  [ "$1" -eq 0 ] || [ "$1" -eq "$TOLD" ] ||
    printf '%5d s  failed while %s: %s (details: %s)\n' "$SECONDS" "$current_step" "$(last_words)" "$progress_log" >&3
}

last_words() {
  grep -v '^===' "$progress_log" | grep . | tail -n 1 | cut -c 1-200
}
