import { describe, expect, it } from "vitest";
import { openerOf } from "#cli/commands/open";

describe("openerOf", () => {
  it("is there where somebody sees what it opens", () => {
    expect(openerOf("linux", {})).toBeUndefined();
    expect(openerOf("linux", { DISPLAY: ":0" })).toBe("xdg-open");
    expect(openerOf("darwin", {})).toBe("open");
    expect(openerOf("win32", { DISPLAY: ":0" })).toBeUndefined();
  });
});
