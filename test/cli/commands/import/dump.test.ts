import { expect, it } from "vitest";
import { leftOutText } from "#cli/commands/import";
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

it("what only a superuser may make is left out, and what is said of it", () => {
  const kept = [
    "6; 1259 1 TABLE public SUBSCRIPTION owner",
    "7; 6104 2 PUBLICATION - part owner",
    "8; 6106 3 PUBLICATION TABLE public part t owner",
    "9; 0 0 COMMENT - PUBLICATION part owner",
  ];
  const left = [
    "1; 3466 4 EVENT TRIGGER - noted owner",
    "2; 6100 5 SUBSCRIPTION - follower owner",
    "3; 6104 6 PUBLICATION - everything owner",
    "4; 6237 7 PUBLICATION TABLES IN SCHEMA - part extra owner",
    "5; 0 0 COMMENT - EVENT TRIGGER noted owner",
    "5; 0 0 COMMENT - PUBLICATION everything owner",
    "5; 2612 8 PROCEDURAL LANGUAGE - plpgsql owner",
  ];
  expect(restorable([...left, ...kept].join("\n"), ["everything"])).toBe(kept.join("\n"));
});

it("what a dump has is what was counted in it", () => {
  const counted = [
    "rows\t3\tpublic.notes",
    'rows\t0\tpublic."a\tb"',
    "largeObjects\t2",
    "bytes\t512",
    "server\t17.6 (Debian 17.6-1)",
    "tool\t18.1",
    "extension\tpg_trgm",
    "owner\trdsadmin",
    "owner\tbob",
    "left\tEVENT TRIGGER\tnoted",
    "left\tPUBLICATION\teverything",
    "complete",
    "",
  ];
  expect(contentsOf(counted.join("\n"))).toEqual({
    rows: { "public.notes": 3, 'public."a\tb"': 0 },
    largeObjects: 2,
    extensions: ["pg_trgm"],
    bytes: 512,
    server: "17.6 (Debian 17.6-1)",
    tool: "18.1",
    complete: true,
    owners: ["bob", "rdsadmin"],
    leftOut: ["event trigger noted", "publication everything"],
    publications: ["everything"],
  });
});

it("what is not restored as it was is said", () => {
  expect(leftOutText({ leftOut: [], owners: [] })).toEqual([]);
  const names = Array.from({ length: 11 }, (_, index) => `r${String(index)}`);
  expect(leftOutText({ leftOut: ["event trigger noted"], owners: names })).toEqual([
    "Left out, since only a superuser may make it: event trigger noted.",
    "What belonged to r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, … becomes the database owner's; grants are left out.",
  ]);
});
