import type { Arena } from "./arena.js";

/** The last commit that the archive holds; milliseconds since the epoch. */
export interface LastCommit {
  readonly segment: string;
  readonly at: number;
}

/** Reads it from the WAL in the repository, the newest segment first; the server need not run. */
export async function lastArchived(arena: Arena): Promise<LastCommit> {
  return lastCommitIn((await arena.bare(script)).text);
}

const script = `
ls() { pgbackrest --log-level-console=error repo-ls --sort=desc "archive/main/$1"; }
archive=$(ls "" | grep -E '^[0-9]+-[0-9]+$' | sort --version-sort | tail -n 1)
for log in $(ls "$archive" | grep -E '^[0-9A-F]{16}$'); do
  for segment in $(ls "$archive/$log" | grep -E '^[0-9A-F]{24}-[0-9a-f]{40}[.]zst$'); do
    file=/tmp/\${segment%%-*}
    pgbackrest --log-level-console=error repo-get "archive/main/$archive/$log/$segment" | zstd --decompress --quiet --stdout >$file
    # It ends with an error where the segment ends early.
    commit=$(TZ=UTC pg_waldump --rmgr=Transaction $file 2>/dev/null | grep -o 'desc: COMMIT [^;]* UTC' | tail -n 1) || true
    rm $file
    if [[ -n $commit ]]; then echo "\${segment%%-*} $commit"; exit; fi
  done
done
exit 1`;

/** Reads what the script printed. @throws Error where it is something else */
export function lastCommitIn(text: string): LastCommit {
  const [, segment = "", day = "", time = ""] =
    /^([0-9A-F]{24}) desc: COMMIT (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+) UTC$/m.exec(text) ?? [];
  const at = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(at)) throw new Error(`this is no commit in the archive:\n${text}`);
  return { segment, at };
}
