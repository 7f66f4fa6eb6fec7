import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "#lib/duration";
import { secretsDirectory, uids } from "#lib/platform";
import type { Platform } from "#workload/platform";
import { Running } from "#workload/running";
import { SecretFiles } from "#workload/secret-files";
import { commandsEnvironment, releaseStep } from "#workload/step";
import { proxyPorts } from "./haproxy/ports.js";
import { acmeAliases, acmeFolder, type AcmeSettings } from "./haproxy/tls.js";

export interface CertificatesArgs {
  readonly settings: AcmeSettings;
  /** Names of one certificate each. */
  readonly certificates: readonly (readonly string[])[];
  readonly image: pulumi.Input<string>;
  /** Volume of account and certificates; the proxy reads from it. */
  readonly volume: pulumi.Input<string>;
  /** Files for its secrets, by name; those that the settings don't name are undefined. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string> | undefined>>;
  /** Name of the edge network. */
  readonly network: pulumi.Input<string>;
}

/**
 * Certbot on a schedule, and the step that waits for the first certificate. It has no way to the proxy but a file
 * that the proxy watches: whoever takes over this container rules neither the proxy nor its routes.
 */
export class Certificates extends pulumi.ComponentResource {
  readonly containerName: pulumi.Output<string>;

  /** @param opts must depend on the step that routes the ACME server's questions to certbot */
  constructor(
    name: string,
    args: CertificatesArgs,
    platform: Platform,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Certificates", name, {}, opts);
    const secrets = Object.fromEntries(
      Object.entries(args.secrets).flatMap(([each, value]) =>
        value === undefined ? [] : [[each, value]],
      ),
    );
    const container = new Running(
      name,
      {
        ...certbotWorkload(),
        image: args.image,
        env: {
          ...acmeEnvironment(args.settings, args.certificates, platform.name),
          ...Object.fromEntries(
            Object.keys(secrets).map((each) => [`${each}_FILE`, `${secretsDirectory}/${each}`]),
          ),
        },
        ...this.secretFiles(name, secrets, platform),
        volumes: [{ name: args.volume, path: acmeFolder }],
        networks: [{ name: args.network, aliases: [acmeAliases.certbot] }],
      },
      platform,
      { parent: this },
    );
    const issued = releaseStep(
      `${name}-issue`,
      "in-container",
      {
        environment: {
          // Its variables are in its name: another value is another container.
          ...commandsEnvironment(container.containerName, issuing),
          FAILURE: notIssued,
        },
      },
      platform,
      { parent: this },
    );
    this.containerName = pulumi
      .all([container.containerName, issued.id])
      .apply(([containerName]) => containerName);
    this.registerOutputs({ containerName: this.containerName });
  }

  private secretFiles(
    name: string,
    values: Readonly<Record<string, pulumi.Input<string>>>,
    platform: Platform,
  ) {
    if (Object.keys(values).length === 0) return {};
    const files = { workload: "acme", values, uid: uids.acme, gid: uids.proxy };
    const { volumeName } = new SecretFiles(`${name}-secrets`, files, platform, { parent: this });
    return { secrets: volumeName };
  }
}

const issuing = [{ args: ["/usr/local/bin/obtain-certificate", "first"] }];
const notIssued =
  "TLS by ACME: a certificate is missing (above). What served before goes on serving, and the other domains have theirs; HTTP of a domain is not sent to HTTPS before it has its first certificate.";

/** Variables of certbot's container. */
export function acmeEnvironment(
  settings: AcmeSettings,
  certificates: readonly (readonly string[])[],
  platformName: string,
): Record<string, string> {
  return {
    CRON_SCHEDULE: settings.schedule ?? spreadSchedule(platformName),
    CRON_COMMAND: "/usr/local/bin/obtain-certificate renewal",
    ACME_DIRECTORY: settings.directory,
    ACME_EMAIL: settings.email,
    ACME_CERTIFICATES: certificates.map((names) => names.join(",")).join(" "),
    ACME_TIMEOUT: String(seconds(settings.timeout)),
    ...(settings.ca === undefined ? {} : { ACME_CA: settings.ca.trim() }),
    PROXY: `${acmeAliases.proxy}:${String(proxyPorts.https)}`,
    PROXY_HTTP: `${acmeAliases.proxy}:${String(proxyPorts.http)}`,
  };
}

/** Twice a day, at a time of each stack's own: ACME servers ask not to be asked by everybody at once. */
function spreadSchedule(platformName: string): string {
  const hash = createHash("sha256").update(platformName).digest();
  const hour = (hash[0] ?? 0) % 12;
  return `${String((hash[1] ?? 0) % 60)} ${String(hour)},${String(hour + 12)} * * *`;
}

function certbotWorkload() {
  return {
    role: "acme",
    command: ["/usr/local/bin/cron"],
    trial: ["/usr/local/bin/obtain-certificate", "check"],
    // The proxy's group, which may read the certificate.
    user: `${String(uids.acme)}:${String(uids.proxy)}`,
    memory: "192MiB",
    cpus: 1,
    pids: 100,
    health: {
      test: ["CMD", "/usr/local/bin/healthcheck"],
      interval: "30s",
      timeout: "5s",
      retries: 1,
      startPeriod: "10s",
      startTimeout: "60s",
    },
    // An order that has begun may end.
    stopTimeout: "60s",
  };
}
