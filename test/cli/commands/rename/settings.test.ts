import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editNames, writeSettings, type WantedNames } from "#cli/commands/rename/settings";
import { targetOf } from "#cli/project/target";

const project = `name: keelson
config:
  defaults:
    value:
      app: { name: shop, image: "shop:1.0" }
`;
const own = `# Production.
config:
  keelson:environment: prod # a person's own words
  keelson:postgres: { adminPort: 5555 }
  keelson:docker:
    host: ssh://deploy@example.com
`;
const shop = { app: "shop", stack: "prod", database: "shop_prod" };
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-rename-"));
  writeFileSync(join(folder, "Pulumi.yaml"), project);
  writeFileSync(join(folder, "Pulumi.prod.yaml"), own);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Edits the file as the command would. */
function edited(wanted: Partial<WantedNames>): string {
  const target = targetOf({ stack: "prod" }, folder);
  const all = { stack: "prod", app: undefined, identity: shop, tidy: false, ...wanted };
  const { before, after } = editNames(target, all);
  expect(readFileSync(target.configFile, "utf8")).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(["Pulumi.prod.yaml", "Pulumi.yaml"]);
  writeSettings(target.configFile, after);
  return after;
}

describe("editNames", () => {
  it("leaves a file alone that leads to the data", () => {
    expect(edited({})).toBe(own);
    expect(edited({ tidy: true })).toBe(own);
  });

  it("names what stays when the app is renamed, and takes it out on the way back", () => {
    expect(edited({ app: "store", tidy: true })).toBe(`${own}    names:
      app: shop
  keelson:app:
    name: store
  keelson:database:
    name: shop_prod
`);
    expect(edited({ app: "shop", tidy: true })).toBe(own);
  });

  it("names the old stack", () => {
    expect(edited({ stack: "live" })).toBe(`${own}    names:
      stack: prod
`);
    expect(edited({})).toBe(own);
  });

  it("names another database, and takes it out on the way back", () => {
    const other = { ...shop, database: "other" };
    expect(edited({ identity: other, tidy: true })).toBe(`${own}  keelson:database:
    name: other
`);
    expect(edited({ tidy: true })).toBe(own);
  });

  it("keeps a database's name that a person has written", () => {
    const written = `${own}  keelson:database: { name: shop_prod }\n`;
    writeFileSync(join(folder, "Pulumi.prod.yaml"), written);
    expect(edited({ stack: "live" })).toContain("keelson:database: { name: shop_prod }\n");
  });

  it("pins what a change of the project's defaults would lead away from", () => {
    writeFileSync(join(folder, "Pulumi.yaml"), project.replace("shop,", "store,"));
    expect(edited({})).toBe(`${own}    names:
      app: shop
  keelson:database:
    name: shop_prod
`);
  });

  it("pins the database's name when the environment is another one", () => {
    const preview = own.replace("prod #", "preview #");
    writeFileSync(join(folder, "Pulumi.prod.yaml"), preview);
    expect(edited({})).toBe(`${preview}  keelson:database:\n    name: shop_prod\n`);
  });
});
