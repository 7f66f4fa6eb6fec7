import type { NamedSecret, SectionFacts } from "#lib/section-facts";
import type { LogsSettings } from "./settings.js";

/** Secrets of the receiver of logs, by the name of the file that each becomes. */
export function shippingSecrets({ ship: { syslog, http } }: Pick<LogsSettings, "ship">): {
  readonly path: string;
  readonly file: string;
  readonly secret: string;
}[] {
  const named: [path: string, file: string, secret: string | undefined][] = [
    ["syslog.caSecret", "CA", syslog?.caSecret],
    ["http.caSecret", "CA", http?.caSecret],
    ["http.tokenSecret", "TOKEN", http?.tokenSecret],
  ];
  return named.flatMap(([path, file, secret]) =>
    secret === undefined ? [] : [{ path: `logs.ship.${path}`, file, secret }],
  );
}

/** Secrets that the section names. */
export const logsFacts: SectionFacts<LogsSettings> = {
  secretsNamed: (logs) =>
    shippingSecrets(logs).map(({ path, secret }): NamedSecret => [path, secret]),
};
