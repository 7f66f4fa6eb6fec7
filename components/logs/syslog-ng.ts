import { secretsDirectory } from "#lib/platform";
import type { LogsSettings } from "./settings.js";

type Ship = LogsSettings["ship"];

/** Lines of each file that may be under way at once, and files that are read at once: more than are ever kept. */
const window = 1000;
const files = 100;

/**
 * Configuration of the shipper. What a receiver has not taken stays in the files, since nothing is read that can't be
 * sent (`flow-control`), and a position goes on only with what was taken.
 *
 * @param token of an HTTP receiver; undefined: none
 */
export function shipperConfig(ship: Ship, stack: string, token?: string): string {
  return [
    "@version: 4.8",
    "options { stats(level(1) freq(0)); log-msg-size(524288); time-reopen(5); keep-hostname(yes); };",
    "source kept {",
    `  wildcard-file(base-dir("/logs") filename-pattern("*.log") recursive(no) max-files(${String(files)})`,
    `    log-iw-size(${String(files * window)}) log-fetch-limit(${String(window)}) follow-freq(0.2) flags(no-parse));`,
    "};",
    ...destination(ship, stack, token),
    "",
  ].join("\n");
}

function destination({ syslog, http }: Ship, stack: string, token?: string): string[] {
  if (syslog !== undefined) return syslogDestination(syslog, stack);
  return http === undefined ? [] : httpDestination(http, token);
}

function syslogDestination(to: NonNullable<Ship["syslog"]>, stack: string): string[] {
  const transport = to.tls
    ? `transport("tls") ${tls(to.caSecret, "required-trusted")}`
    : 'transport("tcp")';
  const header = `<\${priority}>1 \${.line.time} ${stack} \${.line.process} - - - \${MESSAGE}\\n`;
  return [
    'parser line { json-parser(prefix(".line.")); };',
    "rewrite priority {",
    ...prioritySettings(),
    "};",
    "destination receiver {",
    `  network(${quoted(to.host)} port(${String(to.port)}) ${transport}`,
    `    template("${header}") log-fifo-size(${fifo}) so-keepalive(yes) keep-alive(yes));`,
    "};",
    "log { source(kept); parser(line); rewrite(priority); destination(receiver); flags(flow-control); };",
  ];
}

/** Priorities of the facility `user`, by level; 14 where a line says none. */
const priorities = { fatal: 10, error: 11, warn: 12, debug: 15, trace: 15 } as const;

function prioritySettings(): string[] {
  const set = (value: number, condition = "") =>
    `  set("${String(value)}" value("priority")${condition});`;
  return [
    set(14),
    ...Object.entries(priorities).map(([level, value]) =>
      set(value, ` condition("\${.line.level}" eq "${level}")`),
    ),
  ];
}

function httpDestination(to: NonNullable<Ship["http"]>, token?: string): string[] {
  const { type, ...body } = bodies[to.format];
  const value = to.header === "Authorization" ? `Bearer ${token ?? ""}` : (token ?? "");
  const headers = [
    `Content-Type: ${type}`,
    ...(token === undefined ? [] : [`${to.header}: ${value}`]),
  ];
  const secure = to.url.startsWith("https:") ? [`    ${tls(to.caSecret, "yes")}`] : [];
  return [
    "destination receiver {",
    `  http(url(${literal(to.url)}) method("POST") headers(${headers.map(quoted).join(", ")})`,
    `    ${body.parts}`,
    ...secure,
    `    batch-lines(${String(window / 2)}) batch-bytes(900kb) batch-timeout(100) workers(2) timeout(30)`,
    // What is wrong with the address, the token or the receiver ends one day; what is wrong with the lines does not.
    `    response-action(${kept.map((code) => `${String(code)} => disconnect`).join(", ")}, ${refused})`,
    `    retries(1000000) log-fifo-size(${fifo}));`,
    "};",
    "log { source(kept); destination(receiver); flags(flow-control); };",
  ];
}

const kept = [
  301, 302, 307, 308, 401, 402, 403, 404, 405, 407, 408, 409, 410, 421, 425, 429, 500, 501, 502,
  503, 504, 507, 520, 521, 522, 523, 524, 529,
];
const refused = [400, 413, 415, 422].map((code) => `${String(code)} => drop`).join(", ");

const message = `body("\${MESSAGE}")`;

const bodies = {
  json: {
    type: "application/json",
    parts: `body-prefix("[") ${message} delimiter(",") body-suffix("]")`,
  },
  lines: {
    type: "application/x-ndjson",
    parts: `${message} delimiter("\\n") body-suffix("\\n")`,
  },
  elasticsearch: {
    type: "application/x-ndjson",
    parts: `body("{\\"create\\":{}}\\n\${MESSAGE}") delimiter("\\n") body-suffix("\\n")`,
  },
} as const;

/** All that can be under way: more than that is not read. */
const fifo = String(files * window + 1000);

function tls(caSecret: string | undefined, verify: string): string {
  const file =
    caSecret === undefined ? "/etc/ssl/certs/ca-certificates.crt" : `${secretsDirectory}/CA`;
  return `tls(ca-file(${quoted(file)}) peer-verify(${verify}))`;
}

/** A text as it stands between quotes: a grave accent would begin the name of a variable. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("`", "``")}"`;
}

/** The same where a template is read, as in a URL: there a dollar sign would begin a macro. */
function literal(text: string): string {
  return quoted(text.replaceAll("$", "$$$$"));
}
