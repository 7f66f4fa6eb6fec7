// The names by which the processes of a stack call each other.
import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { processesOf } from "#program/names";
import { runSettings, shared } from "../support/program.js";

const sections = {
  environment: "prod",
  app: { name: "shop", image: "shop:1", port: 4000, health: { path: "/up", statuses: [200, 401] } },
  proxy: { tls: { mode: "off" } },
  services: {
    search: { image: "search:1", inherit: false, port: 7700, health: { path: "/health" } },
    socket: { command: ["socket"], port: 9000, replicas: 2 },
    mail: { command: ["mail"] },
  },
};
const ran = shared(() => runSettings(settingsFrom(sections)));

interface Network {
  readonly aliases?: readonly string[];
}
const aliases = (inputs: Record<string, unknown>) =>
  (inputs["networksAdvanced"] as Network[]).map((each) => each.aliases ?? []);

describe("names of processes", () => {
  it("are those of the app and of each service that listens", async () => {
    const run = await ran();
    const names = ["app", "search", "socket"];
    expect(names.map((name) => aliases(run.inputs(`shop-test-name-${name}`)))).toEqual(
      names.map((name) => [[name]]),
    );
    expect(run.names.filter((each) => each.includes("-name-mail"))).toEqual([]);
  });

  it("are no longer those of containers, which have one for all instances", async () => {
    const run = await ran();
    expect(aliases(run.inputs("shop-test-app"))).toEqual([[], ["app-instances"]]);
    expect(aliases(run.inputs("shop-test-service-search"))).toEqual([["search-instances"]]);
    expect(aliases(run.inputs("shop-test-service-mail"))).toEqual([[], []]);
  });

  it("lead to as many containers as there are in a release, over HTTP where there is a path to ask", async () => {
    const run = await ran();
    const configuration = (name: string) =>
      (run.inputs(`shop-test-name-${name}`)["envs"] as string[]).join("\n");
    expect(configuration("app")).toMatch(/^ {2}mode http$/m);
    expect(configuration("app")).toMatch(/uri \/up .*\n {2}http-check expect status 200,401$/m);
    expect(configuration("app")).toMatch(/server-template instance 3 app-instances:4000 /);
    expect(configuration("socket")).toMatch(/^ {2}mode tcp$/m);
    expect(configuration("socket")).toMatch(/server-template instance 5 socket-instances:9000 /);
  });

  it("are there before what is called by them, and are none where there is no service", async () => {
    const run = await ran();
    expect(run.before("shop-test-name-app")).not.toContain("shop-test-app");
    expect(
      processesOf(settingsFrom({ ...sections, services: {} }), {
        host: "localhost",
        scheme: "http",
      }),
    ).toEqual([]);
  });
});
