import { describe, expect, it } from "vitest";
import { nameIn } from "#cli/commands/restore/alongside";

describe("nameIn", () => {
  it.each(["lost_rows", "shop-before", "_x"])("takes %s", (name) => {
    expect(nameIn(name, "shop_prod")).toBe(name);
  });

  it.each([
    ["Lost", `--into: "Lost" can't be the name of a database`],
    ["", `--into: "" can't be the name of a database`],
    [`x"; DROP`, "can't be the name of a database"],
    ["shop_prod", "--into: shop_prod is the live database; choose another name"],
    ["postgres", "--into: postgres is the server's or Keelson's own"],
    ["template1", "is the server's or Keelson's own"],
    ["keelson_before_20260101000000", "is the server's or Keelson's own"],
  ])("refuses %j", (name, message) => {
    expect(() => nameIn(name, "shop_prod")).toThrow(message);
  });
});
