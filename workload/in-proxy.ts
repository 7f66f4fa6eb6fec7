/** A shell function: ends a step that its engine, killed, has left behind. By now another run may be at work. */
export const stillOurs = `still_ours() {
  kill -0 "$PPID" 2>/dev/null || { echo "the engine has ended: this step is left to the next run" >&2; exit 1; }
}`;

/**
 * Shell functions for what a step does in the proxy, which may have crashed or been stopped a moment ago: whatever
 * was cut off by that is done once more when it is back. All of it may be done twice.
 */
export const inProxy = `${stillOurs}
proxy_run() { docker inspect --format '{{.State.Status}} {{.State.StartedAt}}' "$PROXY" 2>/dev/null; }
in_proxy() { # <command>... with $input on its standard input
  attempt=1
  while :; do
    still_ours
    began=$(proxy_run)
    printf '%s\\n' "$input" | docker exec --interactive "$PROXY" "$@" && return 0 || code=$?
    now=$(proxy_run)
    [ -n "$now" ] || return "$code"
    # What a signal has ended is above 125.
    [ "$code" -le 125 ] && [ "$began" = "$now" ] && case $now in running*) return "$code" ;; esac
    [ "$attempt" -lt 5 ] || return "$code"
    attempt=$((attempt + 1))
    echo "proxy: it ended in the middle of this; once more when it is back" >&2
    start_again "$PROXY"
    wait_healthy "$PROXY" 30 || { echo "proxy: it is $health, not healthy" >&2; return "$code"; }
  done
}`;
