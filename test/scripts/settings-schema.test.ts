import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { schemaText, settingsSchema, stackFileSchema } from "#scripts/settings-schema";
import { settingRows } from "#scripts/settings-table";
import { root, stacks } from "../support/program.js";

const read = (name: string) => readFileSync(join(root, name), "utf8");

describe("settings.schema.json", () => {
  it("says what the schemas say: else run `npm run schema`", () => {
    expect(read("settings.schema.json")).toBe(schemaText());
  });

  const schema = z.fromJSONSchema(
    JSON.parse(schemaText()) as Parameters<typeof z.fromJSONSchema>[0],
  );
  const pathsOf = (file: unknown) =>
    (schema.safeParse(file).error?.issues ?? []).map((issue) =>
      [...issue.path, ...(issue.code === "unrecognized_keys" ? issue.keys : [])].join(" "),
    );

  it.each(stacks)("accepts Pulumi.%s.yaml, which names it for editors", (stack) => {
    const text = read(`Pulumi.${stack}.yaml`);
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./settings.schema.json");
    expect(pathsOf(parse(text))).toEqual([]);
  });

  it.each([
    ["a section that is not there", { "keelson:ap": {} }, ["config keelson:ap"]],
    ["a setting that is not there", { "keelson:app": { nam: "x" } }, ["config keelson:app nam"]],
    ["a wrong value", { "keelson:app": { memory: "5" } }, ["config keelson:app memory"]],
    [
      "a list's entry without what it needs",
      { "keelson:proxy": { tcp: [{ port: 1 }] } },
      ["config keelson:proxy tcp 0 target"],
    ],
    ["nothing of other namespaces", { "docker:host": "x", "other:thing": [1] }, []],
    ["nothing that may stand in the defaults", { "keelson:app": { port: 80 } }, []],
  ])("points out %s", (_, config, paths) => {
    expect(pathsOf({ config })).toEqual(paths);
  });

  it("leaves what Pulumi itself writes into the file alone", () => {
    expect(pathsOf({ encryptionsalt: "v1:x", secretsprovider: "passphrase" })).toEqual([]);
    expect(pathsOf({ confg: {} })).toEqual(["confg"]);
  });

  it("has every section", () => {
    const { config } = stackFileSchema().properties ?? {};
    const sections = Object.keys(settingsSchema().properties ?? {});
    expect(Object.keys(config?.properties ?? {})).toEqual(
      [...sections, "defaults"].map((name) => `keelson:${name}`),
    );
  });
});

describe("the rows of settings", () => {
  it("has a meaning for every setting", () => {
    const rows = settingRows();
    expect(rows.length).toBeGreaterThan(90);
    expect(rows.filter(({ meaning, type }) => meaning === "" || type === "")).toEqual([]);
    expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  });

  it.each([
    ["environment", "`local`, `preview`, `prod`", "required"],
    ["app.memory", "size", '`"256MiB"`'],
    ["app.variables.port", "variable or null", '`"PORT"`'],
    ["app.volumes[].name", "name", "required"],
    ["secrets.NAME.generate.length", "whole number", "required"],
    ["proxy.bind", "IP address or list of IP addresses", '`"0.0.0.0"`'],
    ["backup.schedule", "cron schedule", '`"0 2 * * *"`'],
  ])("says of %s: %s, %s", (path, type, fallback) => {
    expect(settingRows().find((row) => row.path === path)).toMatchObject({ type, fallback });
  });
});
