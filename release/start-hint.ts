/** Facts about a start that failed. */
export interface FailedStart {
  /** The last lines of its log. */
  readonly log: readonly string[];
  /** End of its last container, as `describeEnd` words it; undefined where it runs. */
  readonly end?: string | undefined;
  /** Its own health test passes, but from outside its port refuses. */
  readonly isLoopback?: boolean;
}

interface Cause {
  readonly pattern: RegExp;
  /** @param found what the pattern's groups hold, those that took part */
  readonly say: (found: readonly string[], line: string) => string;
}

const loopback =
  "It listens on the loopback address alone, where only its own container reaches it: let it listen on 0.0.0.0 (by app.command, or the variable in app.env that it reads)";

/** The most telling first. */
const causes: readonly Cause[] = [
  {
    pattern: /heap out of memory|OutOfMemoryError|\bMemoryError\b|cannot allocate memory/i,
    say: () => "It had too little memory: raise app.memory",
  },
  {
    pattern:
      /extension "([^"]+)" (?:is not available|does not exist|must be installed)|permission denied to create extension "([^"]+)"|type "(?:public\.)?(vector|citext|hstore|geometry|geography|ltree|cube)" does not exist/i,
    say: ([name = ""]) =>
      `It needs the extension ${name} of PostgreSQL: add it to database.extensions`,
  },
  {
    pattern:
      /function (?:public\.)?(uuid_generate_v[1-5]|gen_random_bytes|unaccent|similarity)\(.*does not exist/i,
    say: ([name = ""]) =>
      `It needs the extension ${extensionOf[name.toLowerCase()] ?? '"uuid-ossp"'} of PostgreSQL: add it to database.extensions`,
  },
  {
    pattern: /EROFS|read-only file ?system/i,
    say: (_found, line) =>
      `It writes to ${pathIn(line)}, which is read-only: add the folder to app.tmpfs or app.volumes, or set app.readOnlyRoot to false`,
  },
  {
    pattern: /ENOSPC|no space left on device/i,
    say: (_found, line) => `${pathIn(line)} is full: raise app.tmp.size where it is in /tmp`,
  },
  {
    pattern:
      /must (?:be )?run as (?:the )?root|are you root|(?:chown|setuid|setgid|setgroups|initgroups|set[re]*[ug]id)\b.*operation not permitted|operation not permitted.*\b(?:chown|setuid|setgid|setgroups)/i,
    say: () =>
      "Its image expects to start as root, which no app does here: take an image that runs as another user, and name that one in app.user",
  },
  {
    pattern: /(?:EACCES|permission denied)/i,
    say: (_found, line) =>
      `It may not use ${pathIn(line)} as the user of app.user: name the image's own user there, or add the folder to app.tmpfs or app.volumes`,
  },
];

const extensionOf: Readonly<Record<string, string>> = {
  gen_random_bytes: "pgcrypto",
  unaccent: "unaccent",
  similarity: "pg_trgm",
};

/** Next.js and others that take HOSTNAME, which is the container's id, for the address to listen on. */
const onItsName = /https?:\/\/[0-9a-f]{12}:\d+|Next\.js/i;
const onLoopback =
  /\b(?:listen|running|started|serving|available|ready|local:).{0,60}(?:127\.0\.0\.1|localhost|\[::1\]):\d+/i;

/** One sentence with the setting that helps; undefined where nothing points at one. */
export function startHint({ log, end, isLoopback = false }: FailedStart): string | undefined {
  if (end?.includes("killed for memory") === true)
    return "It was killed for memory: raise app.memory";
  if (isLoopback) return loopback;
  const found = causeIn(log);
  if (found !== undefined) return found;
  if (end?.startsWith("137") === true) {
    return "Exit code 137 is that of a process that was killed, most often for memory: raise app.memory";
  }
  if (end !== undefined) return undefined;
  if (log.some((line) => onItsName.test(line))) {
    return "It may listen on its container's name, which it takes from HOSTNAME: set app.env.HOSTNAME to 0.0.0.0";
  }
  return log.some((line) => onLoopback.test(line)) ? loopback : undefined;
}

/** Returns the cause that the end of a log points at. */
export function causeIn(log: readonly string[]): string | undefined {
  for (const { pattern, say } of causes) {
    // The last one is what ended it.
    const line = log.findLast((each) => pattern.test(each));
    if (line === undefined) continue;
    const groups = pattern.exec(line)?.slice(1) ?? [];
    return say(
      groups.filter((each) => (each as string | undefined) !== undefined),
      line,
    );
  }
  return undefined;
}

/** The path that a line is about. */
function pathIn(line: string): string {
  const quoted = /["'`](\/[^"'`]+)["'`]/.exec(line)?.[1];
  const bare = /(?:^|[\s([:])(\/[\w.@/+-]+)/.exec(line)?.[1];
  return quoted ?? bare?.replace(/[.:]+$/, "") ?? "a folder of its image";
}
