import { describe, expect, it } from "vitest";
import { numberOf, recordIn } from "#release/history/record";
import { recordOf } from "../../support/release-records.js";

/** A line as 0.1 wrote it. */
const old =
  '{"id":"v12","begin":"2026-11-21T09:10:11.500Z","switched":"2026-11-21T09:10:20.000Z","end":"2026-11-21T09:10:24.000Z","result":"live","reason":null,"who":"eve","by":"1@host","backTo":null,"migration":{"ran":true,"backwardCompatible":true,"restorePoint":"before-v12","dump":null},"imageId":"sha256:1","counters":{"worker":"8/1795251463/","requests":9,"failed":0,"errors":1},"counted":{"requests":9,"failed":0,"errors":1},"content":{"gitSha":"abc","image":"shop:1","rest":"0123456789abcdef","settings":{"port":3000},"version":"1"}}';

describe("recordIn", () => {
  it("reads what 0.1 wrote, and keeps what it does not know", () => {
    const record = recordIn(old);
    expect(record).toMatchObject({
      id: "v12",
      migration: { restorePoint: "before-v12" },
      imageId: "sha256:1",
      content: { rest: "0123456789abcdef" },
    });
    expect(recordIn(JSON.stringify({ ...record, later: { a: 1 } }))).toMatchObject({
      later: { a: 1 },
    });
  });

  it.each([
    ["no JSON", "{"],
    ["something else", '{"id":"v1"}'],
    ["an id that is none", JSON.stringify({ ...recordOf("v1", "shop:1"), id: "../v1" })],
    [
      "a result that is none",
      JSON.stringify({ ...recordOf("v1", "shop:1"), result: "superseded" }),
    ],
  ])("refuses %s", (_what, line) => {
    expect(() => recordIn(line)).toThrow();
  });

  it("has a number", () => {
    expect(numberOf(recordIn(old))).toBe(12);
  });
});
