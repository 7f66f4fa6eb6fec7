# shellcheck shell=bash disable=SC2016,SC2034 # `problem` is for whoever sources this
# Sourced by this image's scripts: how they speak, and how they note what came of a run.

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
say() { jq -cn --arg message "$*" '{level: "info", $message}'; }

# What went wrong, for the status and the watcher; empty when all went well.
problem="it was stopped before it was done"
fail() {
  problem=$*
  exit 1
}

# Has something run when the script ends, however it ends. A signal may come twice (`timeout` sends it to the process
# and to its group): the second one must not interrupt what is done at the end.
at_end() { # <command>
  # shellcheck disable=SC2064 # it is the command of now
  trap "$1" EXIT
  trap 'trap "" TERM INT; exit 143' TERM INT
}

# Whether there are physical backups: of an external database there are dumps alone.
has_archive() { [[ -n ${PGBACKREST_CONFIG:-} ]]; }

# The password of the backup role, from the file that PGPASSWORD_FILE names; or all of the way to an external database,
# as lines of a libpq service file, from the file that DATABASE_SERVICE_FILE names.
read_password() {
  if [[ -n ${DATABASE_SERVICE_FILE:-} ]]; then read_service; fi
  [[ -n ${PGPASSWORD_FILE:-} ]] || return 0
  [[ -s $PGPASSWORD_FILE ]] || fail "the file $PGPASSWORD_FILE, which PGPASSWORD_FILE names, is missing or empty"
  PGPASSWORD=$(<"$PGPASSWORD_FILE")
  export PGPASSWORD
}

# What a service file can't hold stands in its comments: a password that is too long as `#password <text>`, certificates
# of an authority as `#authority <line>`. Each run writes it, whole: another one may be reading it.
read_service() {
  local line own
  own=$(mktemp -d /tmp/service.XXXXXX)
  while IFS= read -r line; do
    case $line in
      '#password '*) export PGPASSWORD=${line#'#password '} ;;
      '#authority '*) printf '%s\n' "${line#'#authority '}" >>"$own/authority.pem" ;;
      *) printf '%s\n' "$line" >>"$own/service" ;;
    esac
  done <"$DATABASE_SERVICE_FILE"
  # The lines name /tmp/authority.pem.
  mv "$own/service" /tmp/service
  if [[ -e $own/authority.pem ]]; then mv "$own/authority.pem" /tmp/authority.pem; fi
  rmdir "$own"
  export PGSERVICEFILE=/tmp/service PGSERVICE=keelson
}

# Files that come on stdin, a line `<name> <value in base64>` for each.
receive_files() { # <folder>
  local name value
  while IFS=' ' read -r name value; do
    [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || fail "'$name' can't be the name of a file"
    base64 -d <<<"$value" >"$1/$name" || fail "the value of $name is not base64"
  done
}

# What pgBackRest says is wrong, with its hint; where it warns of an error before, that is the cause.
reason() { # <file with its output>
  local said
  said=$({
    grep --text -m 1 -A 1 -E ' WARN: .*Error\]' "$1"
    grep --text -m 1 -A 1 -E ' (ERROR|FATAL): ' "$1"
  } | sed -E 's/^([0-9-]+ [0-9:.]+ )?P[0-9]+ +//; s/^ +//' | paste -sd ' ') || true
  printf '%s' "${said:-$(tail -n 1 "$1")}"
}

# Writes JSON whole or not at all; jq makes it from the arguments.
write_json() { # <file> <jq's arguments…>
  local file=$1
  shift
  jq -n "$@" >"$file.part" && sync "$file.part" && mv "$file.part" "$file"
}

# pgBackRest's `info` ends with 0 even where a repository can't be read. Its status 2 says that there is no backup yet.
require_readable() { # <file with its JSON>
  local said key="it can't be opened with this passphrase; give the one it was made with (backup.passphraseSecret)"
  # What another passphrase makes of a file is quoted as it is, which is no JSON then.
  said=$(jq -r '[.[].repo[]? | select(.status.code | . != 0 and . != 2) | "repository \(.key) can'"'"'t be read: \(.status.message)"] | first // empty' "$1" 2>/dev/null) ||
    fail "a repository can't be read: $key"
  case $said in
    '') ;;
    *CryptoError* | *FormatError*) fail "${said%%$'\n'*}: $key" ;;
    *) fail "${said%%$'\n'*}" ;;
  esac
}

# Numbers of the repositories that are configured, 1 first: of an external database the dumps on this host.
repositories() {
  if has_archive; then
    sed -nE 's/^repo([0-9]+)-path=.*/\1/p' "$PGBACKREST_CONFIG"
  else
    echo 1
    if has_copies; then jq -r '.repositories[].name' "$RESTIC_FILE"; fi
  fi | sort -n
}

# Whether dumps have copies off-site.
has_copies() { [[ -n ${RESTIC_FILE:-} ]]; }
