import { describe, expect, it } from "vitest";
import { identityEnvironment, identityIn, targetOf, type Identity } from "#components/identity";
import { identityProblem, isAllowed, missingProblem } from "#components/identity/problem";

const recorded: Identity = { app: "shop", stack: "prod", database: "shop_prod" };
const context = { stack: "prod", allowed: undefined, host: undefined };

describe("identityIn", () => {
  it.each([recorded, { ...recorded, database: undefined }])(
    "reads what was written: %j",
    (each) => {
      expect(identityIn(identityEnvironment(each))).toEqual(each);
    },
  );

  it("refuses what is no record", () => {
    expect(() => identityIn({ KEELSON_APP: "shop" })).toThrow(
      "the resource `identity` of the state does not hold the names of a stack",
    );
  });
});

describe("identityProblem", () => {
  it("is nothing where the settings lead to the recorded data", () => {
    expect(identityProblem(recorded, { ...recorded }, context)).toBeUndefined();
  });

  const way =
    "  keelson rename --stack prod    says what is to be called how, and takes the data along";
  const names =
    "  docker.names: { app: shop, stack: prod }    in the settings: only names on the Docker host stay as they are";
  const database = "  database.name: shop_prod    in the settings: its name stays as it is";

  it.each<[string, Partial<Identity>, string[]]>([
    ["another app", { app: "store", database: "store_prod" }, [way, names, database]],
    ["another app with a database of the same name", { app: "store" }, [way, names]],
    ["another stack", { stack: "live" }, [way, names]],
    ["another environment or database", { database: "shop_preview" }, [way, database]],
  ])("names both and the ways out for %s", (_, change, ways) => {
    const wanted = { ...recorded, ...change };
    const { app, stack } = wanted;
    expect(identityProblem(recorded, wanted, context)?.split("\n")).toEqual([
      "The stack prod has the database shop_prod on the volume shop-prod-postgres-data; its settings now lead to " +
        `the database ${wanted.database ?? ""} on the volume ${app}-${stack}-postgres-data, which would be new and empty. Nothing was changed.`,
      "To keep the data, do one of these:",
      ...ways,
      `For a new, empty database alongside the old: KEELSON_NEW_DATABASE=${app}-${stack}-postgres-data/${wanted.database ?? ""} in the environment of the command.`,
    ]);
  });

  it("tells of volumes where the database is external", () => {
    const external = { ...recorded, database: undefined };
    expect(identityProblem(external, { ...external, app: "store" }, context)?.split("\n")).toEqual([
      "The stack prod has volumes whose names begin with shop-prod; its settings now lead to " +
        "volumes whose names begin with store-prod, which would be new and empty. Nothing was changed.",
      "To keep the data, do one of these:",
      way,
      names,
      "For new, empty volumes alongside the old: KEELSON_NEW_DATABASE=store-prod in the environment of the command.",
    ]);
  });

  it("allows the very data that are named, and no others", () => {
    const wanted = { ...recorded, database: "other" };
    const allowed = "shop-prod-postgres-data/other";
    expect(targetOf(wanted)).toBe(allowed);
    expect(identityProblem(recorded, wanted, { ...context, allowed })).toBeUndefined();
    expect(isAllowed(wanted, allowed)).toBe(true);
    for (const other of ["true", "other", "shop-prod-postgres-data/shop_prod", ""]) {
      expect(isAllowed(wanted, other)).toBe(false);
      expect(identityProblem(recorded, wanted, { ...context, allowed: other })).toBeDefined();
    }
  });
});

describe("missingProblem", () => {
  it.each([
    [undefined, "this Docker host"],
    ["ssh://deploy@example.com", "the Docker host ssh://deploy@example.com"],
  ])("names the volume, the database, the stack and the host %s", (host, where) => {
    expect(missingProblem(recorded, { ...context, host })).toBe(
      `The volume shop-prod-postgres-data, which has the database shop_prod of the stack prod, is not on ${where}. Nothing was changed, and no empty database is made.\n` +
        "Bring the volume back, name the Docker host that has it (docker.host), or restore the database from its backups.\n" +
        "For a new, empty database in its place: KEELSON_NEW_DATABASE=shop-prod-postgres-data/shop_prod in the environment of the command.",
    );
  });
});
