import { describe, expect, it } from "vitest";
import { mebibytes, size, sizeFrom } from "#lib/size";

describe("size", () => {
  it.each([
    ["1MiB", 1],
    ["512MiB", 512],
    ["1GiB", 1024],
    ["64GiB", 65_536],
  ])("%s is %i MiB", (text, amount) => {
    expect(size.parse(text)).toBe(text);
    expect(mebibytes(text)).toBe(amount);
  });

  it.each(["", "512", "512MB", "512 MiB", "0MiB", "1.5GiB", "512mib", "1TiB", "-1GiB"])(
    "%j is none",
    (text) => {
      expect(size.safeParse(text).success).toBe(false);
    },
  );
});

describe("sizeFrom", () => {
  it.each([
    ["256MiB", []],
    ["1GiB", []],
    ["255MiB", ["is below 256MiB; set 256MiB or more"]],
    ["much", ["is not a size; write a whole number and MiB or GiB, such as 512MiB"]],
  ])("of %s says %j", (text, messages) => {
    const issues = sizeFrom("256MiB").safeParse(text).error?.issues ?? [];
    expect(issues.map(({ message }) => message)).toEqual(messages);
  });
});
