import { describe, expect, it } from "vitest";
import { checkWords } from "../../cli/restore-services.js";

describe("checkWords", () => {
  it.each([
    [
      ["CMD", "/usr/local/bin/healthcheck", "now"],
      ["/usr/local/bin/healthcheck", "now"],
    ],
    [
      ["CMD-SHELL", "wget -q localhost || exit 1"],
      ["/bin/sh", "-c", "wget -q localhost || exit 1"],
    ],
    [["NONE"], undefined],
    [[], undefined],
  ])("of %j are %j", (test, words) => {
    expect(checkWords(test)).toEqual(words);
  });
});
