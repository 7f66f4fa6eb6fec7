import { describe, expect, it } from "vitest";
import { extensionProblems } from "#components/postgres/extensions";

const problems = (extensions: readonly string[], packages: readonly string[] = []) =>
  extensionProblems(extensions, { version: 17, packages });
const missing = (name: string) =>
  `database.extensions[0]: ${name} is in no image: it is not one of PostgreSQL's own; `;

describe("extensionProblems", () => {
  it.each([
    [["pg_trgm", "uuid-ossp", "pgcrypto", "hstore"], []],
    [["vector"], ["postgresql-17-pgvector"]],
    [["postgis"], ["postgresql-17-postgis-3-scripts"]],
    [["plpython3u", "hstore_plpython3u"], ["postgresql-plpython3-17"]],
    // A package may have an extension under any name.
    [["made_up"], ["postgresql-17-made-up"]],
    [[], ["hunspell-de-de"]],
  ])("has nothing to say of %j with %j", (extensions, packages) => {
    expect(problems(extensions, packages)).toEqual([]);
  });

  it.each([
    ["vector", [], "add postgresql-17-pgvector to postgres.packages"],
    ["vector", ["postgresql-17-rum"], "add postgresql-17-pgvector to postgres.packages"],
    ["pg_cron", [], "add postgresql-17-cron to postgres.packages"],
    ["plperl", [], "add postgresql-plperl-17 to postgres.packages"],
    [
      "timescaledb",
      [],
      "add its package of Debian (postgresql-17-…) to postgres.packages, or set images.postgres and images.backup",
    ],
  ])("names the package that has %s", (name, packages, remedy) => {
    expect(problems([name], packages)).toEqual([missing(name) + remedy]);
  });

  it("names packages for another server, and versions that have none", () => {
    expect(problems([], ["postgresql-16-pgvector"])).toEqual([
      "postgres.packages[0]: postgresql-16-pgvector is for another server than postgres.version (17); name postgresql-17-pgvector",
    ]);
    expect(extensionProblems([], { version: 15, packages: ["postgresql-15-pgvector"] })).toEqual([
      "postgres.packages: the images have PostgreSQL 15 from an older Debian, without further packages; upgrade first (keelson upgrade-postgres), or set images.postgres and images.backup",
    ]);
  });
});
