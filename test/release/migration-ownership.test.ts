import { describe, expect, it } from "vitest";
import { giveToOwner } from "#release/migration/ownership";
import { fakeContext } from "../support/step-context.js";

const at = { server: "s1", database: "shop" };
const login = (user: string) => `[keelson]\nhost=db\nuser=${user}\npassword=x\n`;

describe("what a migration has made", () => {
  it.each([
    ["a role itself", "shop_migrator", at, 0],
    ["a login in its place", "shop_migrator_2", at, 2],
    ["an external database's", "shop_migrator_2", { ...at, server: undefined }, 0],
  ])(
    "by %s is given to the owner where rights.sql would not do it",
    async (_who, user, where, asked) => {
      const context = fakeContext({});
      await giveToOwner(context, where, login(user));
      expect(context.asked).toHaveLength(asked);
    },
  );

  it("and is locked is a sentence", async () => {
    const context = fakeContext({}, (command) =>
      command.includes(" psql ") ? { code: 3, stderr: "ERROR:  lock timeout\n" } : undefined,
    );
    await expect(giveToOwner(context, at, login("shop_migrator_2"))).rejects.toThrow(
      "it passed, but what it made can't be given to shop_owner: ERROR:  lock timeout; end what holds a lock on it, and release again",
    );
  });
});
