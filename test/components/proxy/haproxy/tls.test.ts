import { describe, expect, it } from "vitest";
import { acmeEnvironment } from "#components/proxy/certificates";
import { settingsFrom } from "#config";
import { SettingsError } from "#lib/settings";
import { runSettings, shared } from "../../../support/program.js";
import { proxyConfig, sectionLines } from "../../../support/proxy.js";

const own = { email: "ops@shop.com", agreeTerms: true };
const internal = { ...own, directory: "https://acme.corp.example/dir" };
const app = { name: "shop", image: "shop:1.0" };

const many = Array.from({ length: 101 }, (_, index) => `a${index}.shop.com`);

/** Settings of a stack with TLS by ACME. */
const sectionsOf = (acme: object, proxy: object = {}, more: object = {}) => ({
  environment: "local",
  app,
  ...more,
  proxy: { domains: ["shop.com", "www.shop.com"], tls: { mode: "acme", acme }, ...proxy },
});

function problemsOf(sections: Record<string, unknown>): readonly string[] {
  try {
    settingsFrom(sections);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe("haproxyConfig with a certificate by ACME", () => {
  const settings = {
    domains: ["shop.com", "www.shop.com"],
    tls: { mode: "acme", acme: own },
    redirects: { canonical: true },
    rateLimits: [{ path: "/", requests: 9 }],
  };
  const rules = sectionLines(proxyConfig(settings), "frontend http", "http-request");

  it("lets the server's question through before anything else may answer, for its own names alone", () => {
    const allow = rules.indexOf("http-request allow if acme-challenge METH_GET known-host");
    const answers = rules.flatMap((rule, at) =>
      / (return|redirect|deny) /.test(rule) ? [at] : [],
    );
    expect(allow).toBeGreaterThan(-1);
    expect(Math.min(...answers)).toBeGreaterThan(allow);
    expect(sectionLines(proxyConfig(settings), "frontend http", "acl acme", "use_backend")).toEqual(
      [
        "acl acme-challenge path_beg /.well-known/acme-challenge/",
        "use_backend acme if acme-challenge METH_GET known-host",
      ],
    );
    expect(sectionLines(proxyConfig(settings), "backend acme", "server", "retries")).toEqual([
      "retries 0",
      "server acme acme:8080 resolvers docker resolve-prefer ipv4 init-addr none",
    ]);
  });

  it("sends nobody to HTTPS before there is a certificate", () => {
    expect(rules.filter((rule) => rule.includes("redirect"))).toEqual([
      "http-request redirect code 308 location https://shop.com%[pathq] if !https certificate-issued",
      "http-request redirect code 308 location https://shop.com%[pathq] if https !canonical-domain",
    ]);
  });

  it.each(["off", "self-signed", "files"])("has nothing of it where TLS is %s", (mode) => {
    expect(proxyConfig({ tls: { mode } })).not.toMatch(/backend acme|acme\.map|certificate-issued/);
  });
});

describe("settings of ACME", () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ["nothing of ordinary ones", sectionsOf(own), []],
    [
      "nothing of a private server, on any port and for any name",
      sectionsOf(internal, {
        domains: ["shop.internal", "shop"],
        httpPort: 8080,
        bind: "127.0.0.1",
      }),
      [],
    ],
    [
      "mode acme alone",
      sectionsOf(own, { tls: { mode: "acme" } }),
      [
        "proxy.tls.acme: is missing for mode acme; set proxy.tls.acme.email, and agreeTerms to true",
      ],
    ],
    [
      "another mode alongside them",
      sectionsOf(own, { tls: { mode: "off", acme: own } }),
      ['proxy.tls.acme: is set, but mode is off; remove it, or set mode to "acme"'],
    ],
    [
      "no e-mail",
      sectionsOf({ agreeTerms: true }),
      ["proxy.tls.acme.email: is missing; set it to a text"],
    ],
    [
      "what is no e-mail, no URL and no certificate",
      sectionsOf({ ...own, email: "ops", directory: "http://a.com/dir", ca: "/etc/ca.pem" }),
      [
        'proxy.tls.acme.email: "ops" is not an e-mail address; write one such as ops@example.com',
        'proxy.tls.acme.directory: "http://a.com/dir" is not an https:// URL; copy it from the CA\'s pages',
        'proxy.tls.acme.ca: "/etc/ca.pem" is not a certificate in PEM; write the root of the ACME server\'s own certificate',
      ],
    ],
    [
      "terms that nobody agreed to",
      sectionsOf({ email: own.email }),
      [
        "proxy.tls.acme.agreeTerms: is not true; read the terms of service (https://letsencrypt.org/repository/) and set it to true",
      ],
    ],
    [
      "those of another server",
      sectionsOf({ ...internal, agreeTerms: false }),
      [
        'proxy.tls.acme.agreeTerms: is not true; read the terms of service ("termsOfService" in https://acme.corp.example/dir) and set it to true',
      ],
    ],
    [
      "domains that no server gives a certificate for",
      sectionsOf(internal, { domains: ["localhost", "10.0.0.1", "a.localhost"] }),
      [
        'proxy.domains[0]: "localhost" is every machine\'s own name: no ACME server gives a certificate for it; remove it, or choose another proxy.tls.mode',
        'proxy.domains[1]: "10.0.0.1" is an address: certificates by ACME are for names; remove it, or choose another proxy.tls.mode',
        'proxy.domains[2]: "a.localhost" is every machine\'s own name: no ACME server gives a certificate for it; remove it, or choose another proxy.tls.mode',
      ],
    ],
    [
      "domains that are not on the Internet",
      sectionsOf(own, { domains: ["shop.internal", "shop", "internal.shop.com"] }),
      ["shop.internal", "shop"].map(
        (domain, index) =>
          `proxy.domains[${index}]: "${domain}" is no name on the Internet: Let's Encrypt gives no certificate for it; remove it, or choose another proxy.tls.mode`,
      ),
    ],
    [
      "a wildcard",
      sectionsOf(own, { domains: ["*.shop.com"] }),
      [
        'proxy.domains[0]: "*.shop.com" is a wildcard, and the first is the site\'s own name; put a host name before it',
        'proxy.domains[0]: "*.shop.com" is a wildcard: certificates are ordered by HTTP-01, which gives none for it; name a certificate of your own for it in proxy.tls.certificates (such as one by a DNS challenge), or the names one by one',
      ],
    ],
    [
      "more names than fit on a certificate",
      sectionsOf(own, {
        domains: many,
        tls: { mode: "acme", acme: own, certificates: [{ domains: many }] },
      }),
      ["proxy.tls.certificates[0].domains: are 101 on one certificate; keep 100 or fewer"],
    ],
    [
      "more certificates than Let's Encrypt gives",
      sectionsOf(own, { domains: many }),
      [
        "proxy.domains: need 101 certificates, and Let's Encrypt gives 50 a week; put several domains on one, in proxy.tls.certificates",
      ],
    ],
    [
      "certificates for domains that are not there, or twice, and secrets that are not there",
      sectionsOf(own, {
        tls: {
          mode: "acme",
          acme: own,
          certificates: [
            { domains: ["shop.com", "other.com"] },
            { domains: ["shop.com"], certificateSecret: "OWN" },
          ],
        },
      }),
      [
        'proxy.tls.certificates[1].certificateSecret: "OWN" is not in secrets; add secrets.OWN, or correct it',
        "proxy.tls.certificates[1].domains[0]: domain shop.com is already taken by proxy.tls.certificates[0].domains[0]; choose another domain",
        'proxy.tls.certificates[0].domains[1]: "other.com" is not in proxy.domains; add it there, or correct it',
      ],
    ],
    [
      "certificates where there is no TLS",
      sectionsOf(own, { tls: { mode: "off", certificates: [{ domains: ["shop.com"] }] } }),
      [
        'proxy.tls.certificates: are set, but mode is off; remove them, or set mode to "acme" or "files"',
      ],
    ],
    [
      "a wildcard with a certificate of its own, and nothing is wrong",
      sectionsOf(
        own,
        {
          domains: ["shop.com", "*.shop.com"],
          tls: {
            mode: "acme",
            acme: own,
            certificates: [{ domains: ["*.shop.com"], certificateSecret: "OWN" }],
          },
        },
        { secrets: { OWN: {} } },
      ),
      [],
    ],
    [
      "a port and an address at which Let's Encrypt does not ask",
      sectionsOf(
        { ...own, directory: "https://acme-staging-v02.api.letsencrypt.org/directory" },
        { httpPort: 8080, bind: "127.0.0.1" },
      ),
      [
        "proxy.httpPort: is 8080, but Let's Encrypt asks for each domain on port 80, from the Internet; set it to 80",
        "proxy.bind: is 127.0.0.1, but Let's Encrypt asks for each domain on port 80, from the Internet; set it to 0.0.0.0 or a public address",
      ],
    ],
    [
      "a heartbeat that is no secret",
      sectionsOf({ ...own, heartbeatSecret: "BEAT" }),
      ['proxy.tls.acme.heartbeatSecret: "BEAT" is not in secrets; add secrets.BEAT, or correct it'],
    ],
    [
      "external accounts by secrets that are not there",
      sectionsOf({ ...own, externalAccount: { keyIdSecret: "KID", hmacKeySecret: "HMAC" } }),
      [
        'proxy.tls.acme.externalAccount.keyIdSecret: "KID" is not in secrets; add secrets.KID, or correct it',
        'proxy.tls.acme.externalAccount.hmacKeySecret: "HMAC" is not in secrets; add secrets.HMAC, or correct it',
      ],
    ],
  ])("are refused for %s", (_what, sections, problems) => {
    expect(problemsOf(sections)).toEqual(problems);
  });
});

describe("the proxy with a certificate by ACME", () => {
  const ca = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n";
  const secrets = { secrets: { BEAT: {}, KID: {}, HMAC: {} } };
  const externalAccount = { keyIdSecret: "KID", hmacKeySecret: "HMAC" };
  const acme = { ...internal, ca, heartbeatSecret: "BEAT", externalAccount };
  const settings = settingsFrom(sectionsOf(acme, {}, secrets));
  const run = shared(() =>
    runSettings(settings, {
      environment: { BEAT: "https://canary.example", KID: "canary", HMAC: "canary" },
    }),
  );

  it("keeps account and certificates on a volume that certbot alone may write to", async () => {
    const made = await run();
    const mounts = (name: string) => made.inputs(name)["volumes"] as object[];
    const volume = { volumeName: "shop-test-certificates", containerPath: "/acme" };
    expect(mounts("shop-test-proxy-acme")[0]).toEqual({ ...volume, readOnly: false });
    expect(mounts("shop-test-proxy").at(-1)).toEqual({ ...volume, readOnly: true });
    expect(made.inputs("shop-test-proxy-acme")["user"]).toBe("10003:99");
    expect(made.get("shop-test-proxy-certificates").options).toMatchObject({
      retainOnDelete: true,
    });
  });

  it("tells certbot whom to ask for what, and of secrets only by files", async () => {
    const { envs } = (await run()).inputs("shop-test-proxy-acme") as { envs: string[] };
    expect(envs.filter((each) => !each.startsWith("CRON_SCHEDULE="))).toEqual([
      "CRON_COMMAND=/usr/local/bin/obtain-certificate renewal",
      "ACME_DIRECTORY=https://acme.corp.example/dir",
      "ACME_EMAIL=ops@shop.com",
      "ACME_CERTIFICATES=shop.com www.shop.com",
      "ACME_TIMEOUT=120",
      `ACME_CA=${ca.trim()}`,
      "PROXY=proxy:8443",
      "PROXY_HTTP=proxy:8080",
      "HEARTBEAT_URL_FILE=/run/secrets/HEARTBEAT_URL",
      "EAB_KEY_ID_FILE=/run/secrets/EAB_KEY_ID",
      "EAB_HMAC_KEY_FILE=/run/secrets/EAB_HMAC_KEY",
    ]);
  });

  it("looks for a renewal twice a day, each stack at a time of its own", async () => {
    const { domains, tls } = settings.proxy;
    if (tls.acme === undefined) throw new Error("no settings of ACME");
    const ofAcme = tls.acme;
    const schedule = (stack: string) =>
      acmeEnvironment(ofAcme, [domains], `shop-${stack}`)["CRON_SCHEDULE"] ?? "";
    const [first, other] = [schedule("one"), schedule("two")];
    const [, minute, hour, later] = /^(\d+) (\d+),(\d+) \* \* \*$/.exec(first)?.map(Number) ?? [];
    expect([Number(minute) < 60, Number(later) - Number(hour)]).toEqual([true, 12]);
    expect(first).not.toBe(other);
    expect(schedule("one")).toBe(first);
    const { envs } = (await run()).inputs("shop-test-proxy-acme") as { envs: string[] };
    expect(envs[0]).toBe(`CRON_SCHEDULE=${schedule("test")}`);
  });

  it("waits for the first certificate once the server's question finds its way, and for nothing after that", async () => {
    const made = await run();
    expect(made.before("shop-test-proxy-acme")).toContain("shop-test-proxy-route");
    const issue = made.inputs("shop-test-proxy-acme-issue");
    expect(issue["create"]).toBe("exec node bin/step.mjs in-container");
    expect(issue["environment"]).toEqual({
      CONTAINER: "shop-test-proxy-acme-1234567",
      COMMANDS: '[{"args":["/usr/local/bin/obtain-certificate","first"]}]',
      FAILURE: expect.stringMatching(/^TLS by ACME: a certificate is missing/) as unknown,
    });
    expect(made.inputs("shop-test-proxy-route")["environment"]).toMatchObject({
      TLS_PREPARE: "certificate certificates-37287400 shop.com www.shop.com",
    });
    expect(made.stackOutputs["containers"]).toMatchObject({ acme: "shop-test-proxy-acme-1234567" });
    expect(made.stackOutputs["url"]).toBe("https://shop.com");
  });
});
