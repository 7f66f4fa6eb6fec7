# shellcheck shell=bash disable=SC2016,SC2034 # the $variables in single quotes are jq's
# Sourced by the scripts that speak with restic.
#
#   RESTIC_FILE            /run/secrets/restic.json: {"host", "repositories": [{"name", "env": {…}, "options": [<-o>]}]}
#   RESTIC_PASSWORD_FILE   /run/secrets/RESTIC_PASSWORD: the passphrase of all repositories
#   RESTIC_CACHE           folder for restic's cache; without one it has none
#   RESTIC_TIMEOUT         seconds that it may take

readonly config=${RESTIC_FILE:-/run/secrets/restic.json}
export RESTIC_PASSWORD_FILE=${RESTIC_PASSWORD_FILE:-/run/secrets/RESTIC_PASSWORD}

# Names of the repositories; 1, the local one, first.
places() { jq -r '.repositories[].name' "$config"; }

# Asks restic about one of the repositories. Keys are in its environment alone.
at() { # <repository> <restic's arguments…>
  local place settings options=() cache=(--no-cache)
  place=$(jq -c --arg name "$1" '.repositories[] | select(.name == $name)' "$config")
  [[ -n $place ]] || {
    echo "there is no repository $1" >&2
    return 1
  }
  shift
  settings=$(jq -r '.env | to_entries[] | "export \(.key)=\(.value | @sh)"' <<<"$place")
  mapfile -t options < <(jq -r '.options[] | "--option=\(.)"' <<<"$place")
  if [[ -n ${RESTIC_CACHE:-} && -w ${RESTIC_CACHE%/*} ]]; then cache=(--cache-dir "$RESTIC_CACHE"); fi
  (
    eval "$settings"
    exec timeout --kill-after=10 "${RESTIC_TIMEOUT:-43200}" restic "${cache[@]}" "${options[@]}" "$@"
  )
}

# What restic says is wrong.
why() { # <file with its complaints>
  local said
  said=$(jq -rR 'fromjson? | objects | .message? // .error.message? // empty' "$1" | tail -n 1) || said=
  printf '%s' "${said:-$(grep -v '^$' "$1" | tail -n 1)}"
}

# Makes a repository that is missing, and makes sure of the others. False with what is wrong in `refusal`.
open_place() { # <repository> <what it is of> <file for complaints>
  local code=0
  RESTIC_TIMEOUT=120 at "$1" cat config --no-lock >/dev/null 2>"$3" || code=$?
  if ((code == 10)); then
    code=0
    RESTIC_TIMEOUT=120 at "$1" init >/dev/null 2>"$3" || code=$?
  fi
  refusal=
  case $code in
    0) return 0 ;;
    12)
      refusal="repository $1 of the $2 can't be opened with this passphrase; give the one it was made with (backup.passphraseSecret), or set the repository aside and run again"
      ;;
    124 | 137) refusal="repository $1 of the $2 does not answer within 120 s" ;;
    *) refusal="repository $1 of the $2 can't be used: $(why "$3")" ;;
  esac
  return 1
}
