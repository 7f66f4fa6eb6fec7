import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { plain } from "../support/pulumi.js";
import { runSettings } from "../support/program.js";

const settings = (variables: object) =>
  settingsFrom({
    environment: "local",
    app: {
      name: "shop",
      image: "shop:1.0",
      variables,
      migrate: { command: ["migrate"] },
    },
    services: { worker: { command: ["work"] } },
    jobs: { tidy: { schedule: "0 3 * * *", command: ["tidy"] } },
  });

/** Names of the resources that have a variable with the edge network's range. */
async function passed(variables: object, variable: string): Promise<string[]> {
  const { registrations } = await runSettings(settings(variables));
  const holds = (inputs: unknown) =>
    new RegExp(`${variable}[^,]{0,12}172\\.30\\.0\\.0/16`).test(JSON.stringify(plain(inputs)));
  return registrations
    .filter(({ custom, inputs }) => custom && holds(inputs))
    .map(({ name }) => name.replace("shop-test-", ""));
}

describe("the proxy's network", () => {
  it("is passed to the app, its migration, services and jobs under the name that the settings give", async () => {
    const names = await passed({ trustedProxies: "TRUSTED_PROXY_CIDRS" }, "TRUSTED_PROXY_CIDRS");
    expect(names.sort()).toEqual(["app", "app-migrate", "jobs", "service-worker"]);
  });

  it("is passed to nobody who does not ask for it", async () => {
    expect(await passed({}, "")).toEqual([]);
  });
});

describe("a secret that is plain", () => {
  const given = (secretsAs: "files" | "environment") =>
    settingsFrom({
      environment: "local",
      app: {
        name: "shop",
        image: "shop:1.0",
        migrate: { command: ["migrate"] },
        secrets: ["MAIL_FROM", "TOKEN"],
        secretsAs,
      },
      secrets: { MAIL_FROM: { plain: true }, TOKEN: {}, QUEUES: { plain: true } },
      services: {
        worker: { command: ["work"], secrets: ["QUEUES"] },
        quiet: { command: ["work"], env: { MAIL_FROM: "x@y" } },
        tool: { image: "tool:1.0", inherit: false, secrets: ["QUEUES"] },
      },
      jobs: { tidy: { schedule: "0 3 * * *", command: ["tidy"] } },
    });
  const environment = { MAIL_FROM: "hi@doppler", TOKEN: "t-value", QUEUES: "mail,photos" };

  /** Variables of a resource, as text, and whether a plan shows them. */
  async function variables(secretsAs: "files" | "environment" = "files") {
    const { registrations } = await runSettings(given(secretsAs), { environment });
    return (name: string) => {
      const found = registrations.find((each) => each.custom && each.name === `shop-test-${name}`);
      return JSON.stringify(found?.inputs);
    };
  }

  it("is delivered as a variable that plans show, to all that the app's secrets go to", async () => {
    const of = await variables();
    for (const name of ["app", "app-migrate", "service-worker", "jobs"]) {
      expect(of(name), name).toContain("MAIL_FROM");
      expect(of(name), name).toContain("hi@doppler");
      expect(of(name), name).not.toContain("MAIL_FROM_FILE");
      expect(of(name), name).toContain("TOKEN_FILE");
      expect(of(name), name).not.toContain("t-value");
    }
    // As the engine marks what no plan may show.
    expect(of("app")).not.toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(of("app-secrets-fill")).toContain("TOKEN");
    expect(of("app-secrets-fill")).not.toContain("MAIL_FROM");
  });

  it("is a service's own as well, and gives way to a service's own variable", async () => {
    const of = await variables();
    for (const name of ["service-worker", "service-tool"]) {
      expect(of(name), name).toContain("QUEUES=mail,photos");
    }
    expect(of("app")).not.toContain("QUEUES");
    expect(of("service-quiet")).toContain("MAIL_FROM=x@y");
    expect(of("service-quiet")).not.toContain("hi@doppler");
  });

  it("is the same where secrets are variables", async () => {
    const app = (await variables("environment"))("app");
    expect(app).toContain("MAIL_FROM=hi@doppler");
    expect(app).toContain("1b47061264138c4ac30d75fd1eb44270");
  });

  it("is neither made nor sealed", () => {
    const made = { A: { plain: true, generate: { length: 20 } } };
    const base = { environment: "local", app: { name: "shop", image: "shop:1.0" } };
    expect(() => settingsFrom({ ...base, secrets: made })).toThrow(
      "secrets.A.plain: is for an injected secret, but this one is generated; remove it",
    );
  });
});
