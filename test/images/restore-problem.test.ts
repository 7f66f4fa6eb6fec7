import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "..", "..", "images", "backup", "restore-problem.awk");

/** What is made of the output of a tool. */
function problem(input: string, ...options: string[]): string {
  return execFileSync("awk", [...options, "-f", script], { input, encoding: "utf8" });
}

const missing = (call: string) => `ERROR:  function unaccent(text) does not exist
LINE 1: ${call}
        ^
HINT:  No function matches the given name and argument types. You might need to add explicit type casts.
QUERY:  ${call}
`;
const inlined = `${missing(" SELECT unaccent($1) ")}CONTEXT:  SQL function "f_unaccent" during inlining\n`;
const called = `${missing("unaccent(t)")}CONTEXT:  PL/pgSQL function public.plain(text) line 1 at RETURN\n`;

const remedy = (thing: string, name: string) =>
  `${thing} uses the function ${name}, which names unaccent(text) without its schema, and a restore searches no schema: ` +
  `let a migration run ALTER FUNCTION ${name} SET search_path = followed by the schema that has it, or write that schema into the function\n`;

describe("why a dump can't be restored", () => {
  it("is the first error and its statement", () => {
    const said = `pg_restore: error: could not execute query: ERROR:  must be superuser to create FOR ALL TABLES publication
Command was: CREATE PUBLICATION everything FOR ALL TABLES;

pg_restore: error: could not execute query: ERROR:  something else
Command was: SELECT 1;
`;
    expect(problem(said)).toBe(
      "ERROR: must be superuser to create FOR ALL TABLES publication. The statement: CREATE PUBLICATION everything FOR ALL TABLES\n",
    );
    expect(problem(said, "-v", "advice=1")).toBe("");
  });

  it("is the last line where there is no error as pg_restore writes it", () => {
    expect(problem("one\npg_restore: [archiver] unsupported version\n")).toBe(
      "pg_restore: [archiver] unsupported version\n",
    );
  });

  it.each([
    [
      "an index",
      `${inlined}Command was: CREATE UNIQUE INDEX people_name ON public.people USING btree (shop.f_unaccent(name));\n`,
      remedy("The index people_name", "shop.f_unaccent"),
    ],
    [
      "a materialized view",
      `${called}Command was: REFRESH MATERIALIZED VIEW public.seen;\n`,
      remedy("The materialized view public.seen", "public.plain(text)"),
    ],
    [
      "a generated column",
      `${inlined}Command was: CREATE TABLE public.people (\n    name text,\n    plain text GENERATED ALWAYS AS (public.f_unaccent(name)) STORED\n);\n`,
      remedy("The table public.people", "f_unaccent"),
    ],
  ])("names function and remedy where %s needs its search path", (_, said, sentence) => {
    const shown = problem(`pg_restore: error: could not execute query: ${said}`);
    expect(shown).toMatch(/^ERROR: function unaccent\(text\) does not exist /);
    expect(shown.slice(-sentence.length)).toBe(sentence);
  });

  it.each([
    [
      'permission denied to create extension "pg_stat_statements"',
      "Add pg_stat_statements to database.extensions, run keelson up, and try again",
    ],
    [
      'extension "pg_graphql" is not available',
      "The server's image does not have the extension pg_graphql: drop it where the dump is made",
    ],
    [
      'collation "pg_catalog.de_DE.utf8" for encoding "UTF8" does not exist',
      `The image has the locales C and C.UTF-8 alone: where the dump is made, use ICU's collation "de-DE-x-icu"`,
    ],
    [
      'could not create locale "en_US.UTF-8": No such file or directory',
      `The image has the locales C and C.UTF-8 alone: where the dump is made, use ICU's collation "en-US-x-icu"`,
    ],
    [
      'role "authenticated" does not exist',
      "Roles of the server that was dumped are not made: name PUBLIC in place of authenticated where the dump is made",
    ],
    [
      'operator class "public.gin_trgm_ops" does not exist for access method "gin"',
      "A dump of single schemas brings no extensions along: if that is of one, add it to database.extensions and run keelson up",
    ],
    [
      'type "public.citext" does not exist',
      "A dump of single schemas brings no extensions along: if that is of one, add it to database.extensions and run keelson up",
    ],
    ["division by zero", ""],
  ])("comes with what to do: %s", (error, advice) => {
    const said = `pg_restore: error: could not execute query: ERROR:  ${error}\nCommand was: CREATE x;\n`;
    const hint = advice === "" ? "" : `. ${advice}`;
    expect(problem(said)).toBe(`ERROR: ${error}. The statement: CREATE x${hint}\n`);
  });

  it("names the table where rows need it", () => {
    const said = `pg_restore: error: COPY failed for table "people": ${called}COPY people, line 1: "1"\n`;
    const sentence = remedy("The table people", "public.plain(text)");
    expect(problem(said).slice(-sentence.length)).toBe(sentence);
  });
});

describe("what pg_amcheck says", () => {
  const indented = (text: string) => text.replace(/^(?=.)/gm, "    ");

  it("is reported with the index, function and remedy of the first one", () => {
    const said = `btree index "shop.public.people_name":\n${indented(inlined)}btree index "shop.public.other":\n${indented(called)}`;
    expect(problem(said, "-v", "advice=1")).toBe(
      remedy("the index public.people_name", "f_unaccent"),
    );
  });

  it("is left alone where it is damage", () => {
    const said =
      'btree index "shop.public.people_name":\n    ERROR:  heap tuple (0,1) from table "people" lacks matching index tuple\n';
    expect(problem(said, "-v", "advice=1")).toBe("");
  });
});
