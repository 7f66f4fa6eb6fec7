import { expect, it } from "vitest";
import { contentsOf, restorable } from "#cli/commands/import/dump";

const list = [
  ";     Dumped from database version: 17.6",
  "6; 2615 2200 SCHEMA - public pg_database_owner",
  "7; 2615 2201 SCHEMA - public_api owner",
  "2; 3079 16390 EXTENSION - pg_trgm ",
  "3512; 0 0 COMMENT - EXTENSION pg_trgm ",
  "3513; 0 0 COMMENT public TABLE notes owner",
  "219; 1259 16480 TABLE public COMMENT - EXTENSION owner",
];

it("a dump is restored without the schema public and the comments on extensions, and with all else", () => {
  const left = ["6; 2615 2200 SCHEMA - public ", "3512; 0 0 COMMENT - EXTENSION "];
  const kept = list.filter((line) => !left.some((each) => line.startsWith(each)));
  expect(kept).toHaveLength(5);
  expect(restorable(list.join("\n"))).toBe(kept.join("\n"));
});

it("what a dump has is read off its table of contents and what was counted in it", () => {
  const counted = 'rows\t3\tpublic.notes\nrows\t0\tpublic."a\tb"\nlargeObjects\t2\nbytes\t512\n';
  expect(contentsOf(list.join("\n"), counted)).toEqual({
    rows: { "public.notes": 3, 'public."a\tb"': 0 },
    largeObjects: 2,
    extensions: ["pg_trgm"],
    bytes: 512,
  });
});
