import { placesFor, withServers } from "#release/haproxy/servers";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { haproxyConfig } from "#components/proxy/haproxy/config";
import { proxySettings } from "#components/proxy/settings";
import { bundle, issue } from "../../support/certificates.js";
import { cleanUp, docker, hardened, tryDocker, type Outcome } from "../../support/docker.js";
import { buildImages, volume, type Tags } from "../../support/images.js";
import { root } from "../../support/root.js";

const config = "kimg-trial-config";
let tags: Tags = {};

beforeAll(async () => {
  await cleanUp("kimg-trial");
  tags = await buildImages("jobs", "proxy", "backup", "acme");
});
afterAll(() => cleanUp("kimg-trial"));

const alone = ["run", "--rm", ...hardened, "--network", "none"];

describe("verify-start of the proxy", () => {
  beforeEach(async () => {
    await cleanUp("kimg-trial");
    await volume(tags, config, 99);
  });

  function verify(): Promise<Outcome> {
    const volumes = ["--volume", `${config}:/config:ro`];
    return tryDocker([...alone, ...volumes, tags["proxy"] ?? "", "verify-start"]);
  }

  /** As a proxy that has run leaves its volume. */
  async function configured(text: string, certificate?: string): Promise<void> {
    const files =
      "touch /config/checks.map && /usr/local/bin/prepare-maintenance && mkdir -p /config/tls";
    const served = `printf '%s\n' "$PEM" >/config/tls/files.pem`;
    const script = `${files} && ${served} && cat >/config/haproxy.cfg`;
    const volumes = ["--volume", `${config}:/config`, "--env", `PEM=${certificate ?? ""}`];
    const run = [...alone, "--interactive", ...volumes];
    await docker(
      [...run, "--tmpfs", "/run/haproxy:uid=99", tags["proxy"] ?? "", "sh", "-c", script],
      text,
    );
  }

  const configurationFor = (settings: object) => {
    const site = { host: "localhost", scheme: "http" as const, port: 3000, readyPath: "/ready" };
    const parsed = proxySettings.parse(settings);
    const template = haproxyConfig({ settings: parsed, site, several: false });
    return withServers(template, placesFor({ app: ["app-1"] }, template, []));
  };
  const withTls = configurationFor({ tls: { mode: "files", certificateSecret: "TLS" } });

  it("passes on an empty volume, and on the configuration of a proxy that has run", async () => {
    expect(await verify()).toMatchObject({ code: 0 });
    await configured(configurationFor({}));
    expect(await verify()).toMatchObject({ code: 0 });
  });

  it("passes with a certificate, and fails with HAProxy's sentence for a bad one", async () => {
    const [one, other] = [issue({ domains: ["localhost"] }), issue({ domains: ["localhost"] })];
    await configured(withTls, bundle(one.certificate, one.key));
    expect(await verify()).toMatchObject({ code: 0 });
    await configured(withTls, bundle(one.certificate, other.key));
    const refused = await verify();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/inconsistencies between private key and certificate/);
    expect(refused.stderr).toMatch(
      /verify-start: HAProxy does not start on \/config\/haproxy\.cfg \(above\)/,
    );
  });

  it("fails with HAProxy's sentence where the configuration is wrong", async () => {
    await configured("frontend http\n  bind :8080\n  frobnicate\n");
    expect((await verify()).stderr).toMatch(
      /unknown keyword 'frobnicate'[^]*verify-start: HAProxy does not start on \/config\/haproxy\.cfg \(above\)/,
    );
  });

  it("fails with HAProxy's sentence for a configuration that it does not know", async () => {
    await configured(
      `${readFileSync(`${root}/images/proxy/initial.cfg`, "utf8")}\n  nonsense yes\n`,
    );
    const refused = await verify();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/unknown keyword 'nonsense'/);
  });
});

describe("cron --check", () => {
  const check = (
    image: string,
    environment: Readonly<Record<string, string>>,
    ...command: string[]
  ) =>
    tryDocker([
      ...alone,
      ...Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      tags[image] ?? "",
      ...command,
    ]);
  const cron = ["/usr/local/bin/cron", "--check"];
  const dump = "/usr/local/bin/dump";

  it.each<[string, Record<string, string>, string[], RegExp | undefined]>([
    [
      "passes",
      { CRONTAB: `0 2 * * * timeout 9 ${dump}\n5 5 * * 7 ${dump}` },
      ["/usr/local/bin/serve"],
      undefined,
    ],
    [
      "refuses a schedule",
      { CRONTAB: `H 2 * * * ${dump}` },
      [],
      /'H 2 \* \* \* .*' is not a cron expression/,
    ],
    ["refuses none", {}, [], /CRON_SCHEDULE is not set/],
    [
      "refuses a command of another image",
      { CRONTAB: "0 2 * * * /usr/local/bin/obtain-certificate renewal" },
      [],
      /there is no \/usr\/local\/bin\/obtain-certificate in this image/,
    ],
    [
      "refuses a secret that is not there",
      { CRONTAB: `0 2 * * * ${dump}`, PGPASSWORD_FILE: "/run/secrets/P" },
      [],
      /PGPASSWORD_FILE names \/run\/secrets\/P, which uid 999 can't read/,
    ],
  ])("%s", async (_what, environment, commands, refusal) => {
    const { code, stderr } = await check("backup", environment, ...cron, ...commands);
    expect(code).toBe(refusal === undefined ? 0 : 1);
    if (refusal !== undefined) expect(stderr).toMatch(refusal);
  });

  it("of certificates looks at what obtain needs as well, and asks no server", async () => {
    const environment = {
      CRON_SCHEDULE: "5 5 * * *",
      CRON_COMMAND: "/usr/local/bin/obtain-certificate renewal",
      ACME_DIRECTORY: "https://acme.example/dir",
      ACME_EMAIL: "a@b.co",
      ACME_CERTIFICATES: "shop.com,www.shop.com shop.org",
      PROXY: "proxy:8443",
      PROXY_HTTP: "proxy:8080",
    };
    const obtain = ["/usr/local/bin/obtain-certificate", "check"];
    expect(await check("acme", environment, ...obtain)).toMatchObject({ code: 0 });
    const none = await check("acme", { ...environment, PROXY: "" }, ...obtain);
    expect(none.stderr).toMatch(/PROXY and PROXY_HTTP have to be set/);
    const odd = await check("acme", { ...environment, CRON_SCHEDULE: "H 5 * * *" }, ...obtain);
    expect(odd.stderr).toMatch(/'H 5 \* \* \*' is not a cron expression/);
  });
});
