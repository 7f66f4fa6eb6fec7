import { problem } from "#lib/settings";
import { shippingSecrets } from "./facts.js";
import type { LogsSettings } from "./settings.js";

/** Settings that logs have to do with. */
interface Concerned {
  readonly logs: LogsSettings;
  readonly secrets: Readonly<Record<string, { readonly optional?: boolean | undefined }>>;
}

/** Returns the contradictions between the settings of logs and others, a line each. */
export function logsProblems({ logs, secrets }: Concerned): string[] {
  const { syslog, http } = logs.ship;
  const problems: string[] = [];
  const wrong = (path: string, what: string, advice: string) =>
    problems.push(problem(`logs.ship${path}`, what, advice));
  if (syslog === undefined && http === undefined) return problems;
  if (!logs.enabled)
    wrong("", "is set, and logs.enabled is false", "set that to true, or remove it");
  if (syslog !== undefined && http !== undefined) {
    // One that does not answer would keep the other waiting.
    wrong(".http", "is set together with logs.ship.syslog", "keep one of them");
  }
  if (syslog?.tls === false && syslog.caSecret !== undefined) {
    wrong(".syslog.caSecret", "is set, and tls is false", "remove it, or set tls to true");
  }
  if (http?.url.startsWith("http:") === true) {
    const advice = "write https://, or remove it";
    if (http.caSecret !== undefined)
      wrong(".http.caSecret", "is set, and the URL has no TLS", advice);
  }
  for (const { path, secret } of shippingSecrets(logs)) {
    if (secrets[secret]?.optional !== true) continue;
    const what = `"${secret}" is optional, and without it nothing would be shipped`;
    problems.push(problem(path, what, `remove secrets.${secret}.optional`));
  }
  return problems;
}
