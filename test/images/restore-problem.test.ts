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

  it("names the table where rows need it", () => {
    const said = `pg_restore: error: COPY failed for table "people": ${called}COPY people, line 1: "1"\n`;
    const sentence = remedy("The table people", "public.plain(text)");
    expect(problem(said).slice(-sentence.length)).toBe(sentence);
  });
});

describe("what pg_amcheck says", () => {
  const indented = (text: string) => text.replace(/^(?=.)/gm, "    ");

  it("is told with the index, function and remedy of the first one", () => {
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
