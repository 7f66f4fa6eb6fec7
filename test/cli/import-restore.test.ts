import { expect, it } from "vitest";
import { restorable } from "../../cli/import-restore.js";

it("a dump is restored without the comments on extensions, and with all others", () => {
  const kept = [
    ";     Dumped from database version: 17.6",
    "2; 3079 16390 EXTENSION - pg_trgm ",
    "3513; 0 0 COMMENT public TABLE notes owner",
    "219; 1259 16480 TABLE public COMMENT - EXTENSION owner",
  ];
  const [first = "", ...others] = kept;
  const all = [first, "3512; 0 0 COMMENT - EXTENSION pg_trgm ", ...others];
  expect(restorable(all.join("\n"))).toBe(kept.join("\n"));
});
