import { expect, it } from "vitest";
import { differenceText, readSums, rowsIn, sumsSql, unequal } from "#cli/commands/adopt/compare";

it("each table is read once, without those that inherit from it, at one point in time", () => {
  const sql = sumsSql(['"Other (x"."Weird|name\'s"']);
  expect(sql).toContain(
    `SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0), '"Other (x"."Weird|name''s"' FROM ONLY "Other (x"."Weird|name's" AS t;`,
  );
  expect(sql.indexOf("BEGIN ISOLATION LEVEL REPEATABLE READ")).toBeLessThan(
    sql.indexOf("count(*)"),
  );
});

it("tables that differ are those with other rows, or with as many of other contents", () => {
  const there = readSums('1|5|public.a\n2|7|public.b\n3|-1|"x|y".c\n');
  const ours = readSums('1|5|public.a\n2|8|public.b\n4|-1|"x|y".c\n1|1|public.d');
  expect(unequal(there, there)).toEqual([]);
  expect(differenceText(unequal(there, ours))).toEqual([
    '  "x|y".c  3 rows there, 4 here',
    "  public.b  2 rows there, 2 here, with other contents",
    "  public.d  none rows there, 1 here",
  ]);
  expect(rowsIn(there)).toBe(6);
  expect(readSums("")).toEqual(new Map());
});
