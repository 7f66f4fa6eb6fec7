import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settingsFrom } from "#config";
import { identityOf, requireIdentity } from "#program/identity";
import type { Mapping } from "#lib/merge";
import { registered } from "../support/pulumi.js";

const app = { name: "shop", image: "shop:1.0" };
const settings = (sections: Mapping = {}) =>
  settingsFrom({ environment: "local", app, ...sections });
const onHost = (found: boolean | undefined) => () => Promise.resolve(found);

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs the check as the program does; the state holds what `recorded` says, where it says something. */
async function checked(
  wanted: ReturnType<typeof settings>,
  recorded: Readonly<Record<string, string>> | undefined,
  found: boolean | "unknown" = true,
  preview = false,
) {
  let said: unknown;
  const run = await registered(
    async () => {
      try {
        await requireIdentity(wanted, "prod", onHost(found === "unknown" ? undefined : found));
      } catch (error) {
        said = error;
      }
      return {};
    },
    {
      stack: "prod",
      preview,
      state: recorded === undefined ? {} : { identity: { environment: recorded } },
    },
  );
  return { run, said };
}

const shop = { KEELSON_APP: "shop", KEELSON_STACK: "prod", KEELSON_DATABASE: "shop_local" };

describe("identityOf", () => {
  it.each<[string, Mapping, object]>([
    [
      "the app, the stack and the environment",
      {},
      { app: "shop", stack: "prod", database: "shop_local" },
    ],
    [
      "a name of the database",
      { database: { name: "d" } },
      { app: "shop", stack: "prod", database: "d" },
    ],
    [
      "names that stay on the Docker host",
      { docker: { names: { app: "old", stack: "first" } } },
      { app: "old", stack: "first", database: "shop_local" },
    ],
  ])("follows from %s", (_, sections, identity) => {
    expect(identityOf(settings(sections), "prod")).toEqual(identity);
  });

  it("has no database where it is external", () => {
    const sections = {
      database: { externalUrlSecret: "URL" },
      backup: { enabled: false },
      secrets: { URL: {} },
    };
    expect(identityOf(settings(sections), "prod").database).toBeUndefined();
  });
});

describe("requireIdentity", () => {
  it("records the identity in a step that makes the data volume, and never follows a change", async () => {
    const { run, said } = await checked(settings(), undefined);
    expect(said).toBeUndefined();
    const record = run.get("identity");
    expect(record.inputs).toMatchObject({
      create:
        "docker volume create --label dev.keelson.managed-by=keelson --label dev.keelson.project=shop " +
        "--label dev.keelson.stack=prod --label dev.keelson.workload=postgres shop-prod-postgres-data",
      environment: shop,
    });
    expect(record.options.ignoreChanges).toEqual(["create", "environment"]);
  });

  it.each<[string, Mapping]>([
    ["app.name", { app: { ...app, name: "store" } }],
    ["environment", { environment: "preview" }],
    ["database.name", { database: { name: "d" } }],
    ["docker.names", { docker: { names: { app: "store" } } }],
  ])("refuses another %s, and registers nothing else", async (_, sections) => {
    const { run, said } = await checked(settings(sections), shop);
    expect(said).toBeInstanceOf(pulumi.RunError);
    expect(String(said)).toContain("the database shop_local on the volume shop-prod-postgres-data");
    expect(run.registrations.filter(({ custom }) => custom).map(({ name }) => name)).toEqual([
      "identity",
    ]);
  });

  it("refuses a renamed stack", async () => {
    const { said } = await checked(settings(), { ...shop, KEELSON_STACK: "live" });
    expect(String(said)).toContain("docker.names: { app: shop, stack: live }");
  });

  it("refuses where the volume is gone, and where nothing can be asked", async () => {
    expect(String((await checked(settings(), shop, false)).said)).toContain(
      "The volume shop-prod-postgres-data, which has the database shop_local of the stack prod, is not on this Docker host.",
    );
    expect(String((await checked(settings(), shop, "unknown")).said)).toContain("does not answer");
    expect((await checked(settings(), shop, true)).said).toBeUndefined();
  });

  it("records the new identity where the environment allows it", async () => {
    vi.stubEnv("KEELSON_NEW_DATABASE", "shop-prod-postgres-data/d");
    const { run, said } = await checked(settings({ database: { name: "d" } }), shop, false);
    expect(said).toBeUndefined();
    expect(run.get("identity").options.ignoreChanges).toEqual([]);
  });

  it("refuses in a preview as well, but never a stack that has no record yet", async () => {
    const wanted = settings({ database: { name: "d" } });
    expect(String((await checked(wanted, shop, true, true)).said)).toContain("the database d");
    expect((await checked(wanted, undefined, false, true)).said).toBeUndefined();
    // Where nothing can be asked, a preview only says so.
    expect((await checked(settings(), shop, "unknown", true)).said).toBeUndefined();
  });
});
