/**
 * Shell functions that write the release's record, which the proxy keeps. Where there is no proxy yet, and where no
 * release runs, they do nothing. They need the environment of a gate. Who releases is asked when they run: as an input
 * of a step it would make every run a change.
 */
export const record = `releases() { # <words of the proxy's script>
  keeper=\${keeper:-$(docker ps --quiet $PROXY_FILTERS)} || return 1
  [ -n "$keeper" ] || return 0
  docker exec --interactive --env RELEASE_BY="$PPID@$(uname -n)" --env RELEASE_BACK_TO="\${KEELSON_BACK_TO:-}" \\
    --env RELEASE_WHO="\${KEELSON_ACTOR:-\${GITHUB_ACTOR:-$(id -un 2>/dev/null || id -u)@$(uname -n)}}" \\
    "$keeper" /usr/local/bin/releases "$@"
}
# A release is not given up because its history can't be written.
record() { releases "$@" </dev/null >&2 || echo "the history of releases: '$1' could not be written" >&2; }
resume_release() { record resume; }
note_release() { record note "$1" "$2"; } # <key> <JSON>
end_release() { record end "$@"; } # <live|failed|rolled-back> [reason] [image id]
fail_release() { # <reason>
  echo "$1" >&2
  end_release failed "$1"
  exit 1
}`;

/** Shell of the step that begins a release's record and prints its id; its content comes on standard input. */
export const beginScript = `${record}
releases begin || {
  echo "the history of releases can't be written (above); nothing of the release has begun" >&2
  exit 1
}`;
