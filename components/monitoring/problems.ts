import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { proxyMetricsPort } from "#lib/platform";
import { parseSettings, problem, SettingsError } from "#lib/settings";
import { loginProblems, remoteWriteProblems } from "./remote-write.js";
import { monitoringSecrets } from "./secrets.js";
import type { MonitoringSettings } from "./settings.js";

/** Settings that monitoring has to do with. */
interface Concerned {
  readonly monitoring: MonitoringSettings;
  readonly app: { readonly metrics?: object | undefined };
  readonly proxy: { readonly tcp: readonly { readonly port: number }[] };
  readonly secrets: Readonly<Record<string, { readonly optional?: boolean | undefined }>>;
}

/** Returns the contradictions between the settings of monitoring and others, a line each. */
export function monitoringProblems({ monitoring, app, proxy, secrets }: Concerned): string[] {
  const { smtp } = monitoring.alerts;
  const problems: string[] = [];
  const wrong = (path: string, what: string, advice: string) =>
    problems.push(problem(path, what, advice));
  if (!monitoring.enabled) return problems;
  problems.push(...loginProblems("monitoring.alerts.smtp", smtp ?? {}));
  if (smtp?.username !== undefined && !smtp.tls) {
    const advice = "set it to true; the mail client refuses to send a password in clear";
    wrong("monitoring.alerts.smtp.tls", "is false, and username is set", advice);
  }
  if (monitoring.deadLetters !== undefined && app.metrics === undefined) {
    const advice = "set app.metrics, or remove it";
    wrong("monitoring.deadLetters", "is set, and the app's metrics are not collected", advice);
  }
  if (monitoring.remoteWrite !== undefined) {
    problems.push(...remoteWriteProblems(monitoring.remoteWrite));
  }
  for (const { path, secret } of monitoringSecrets(monitoring)) {
    if (secrets[secret]?.optional !== true) continue;
    const what = `"${secret}" is optional, and without it nothing would be delivered`;
    wrong(path, what, `remove secrets.${secret}.optional`);
  }
  proxy.tcp.forEach(({ port }, index) => {
    if (port !== proxyMetricsPort) return;
    const advice = `choose another port than ${String(proxyMetricsPort)}`;
    wrong(`proxy.tcp[${String(index)}].port`, "is where the proxy shows its metrics", advice);
  });
  return problems;
}

/** Name in the container of a file of `monitoring.rules`. */
export function ownRulesFile(index: number): string {
  return `own-${String(index)}.rules.yml`;
}

/** Structure of a file of rules; Prometheus checks the expressions. */
const ruleFile = z.looseObject({
  groups: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        rules: z.array(
          z
            .looseObject({
              alert: z.string().min(1).optional(),
              record: z.string().min(1).optional(),
              expr: z.union([z.string().min(1), z.number()]),
            })
            .refine(({ alert, record }) => (alert === undefined) !== (record === undefined), {
              error: "has neither alert nor record, or both; give it one of them",
            }),
        ),
      }),
    )
    .min(1),
});

/** Returns the problems of the files of `monitoring.rules`, a line each. */
export function ruleFileProblems(
  { rules }: Pick<MonitoringSettings, "rules">,
  projectDirectory: string,
): string[] {
  return rules.flatMap((file, index) => {
    const path = `monitoring.rules[${String(index)}]`;
    try {
      const content: unknown = parse(readFileSync(join(projectDirectory, file), "utf8"));
      parseSettings(ruleFile, content);
      return [];
    } catch (error) {
      return problemsOf(error).map(([what, advice]) => problem(path, `${file}: ${what}`, advice));
    }
  });
}

function problemsOf(error: unknown): (readonly [what: string, advice: string])[] {
  const form = "write groups of rules as Prometheus reads them";
  if (error instanceof SettingsError) return error.problems.map((each) => [each, form]);
  if (error instanceof YAMLParseError) {
    return [[`is not YAML (${error.message.split("\n")[0] ?? ""})`, form]];
  }
  if (error instanceof Error && "code" in error) {
    return [[`can't be read (${String(error.code)})`, "name a file in the project's folder"]];
  }
  throw error;
}
