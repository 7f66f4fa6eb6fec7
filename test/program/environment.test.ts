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
