import { describe, expect, it } from "vitest";
import { superuserSql } from "#release/superuser-sql";
import { fakeContext } from "../support/step-context.js";

const environment = { CONTAINER: "s1", DATABASE: "postgres", PASSED: "KEELSON_NEW_DATABASE" };

describe("SQL as superuser", () => {
  it("is run in the server's container", async () => {
    const context = fakeContext(environment, () => undefined, "SELECT 1;");
    await superuserSql(context);
    expect(context.asked).toEqual([
      "exec s1 cat /run/secrets/POSTGRES_PASSWORD",
      expect.stringMatching(
        /^exec --interactive --env PGPASSWORD --env KEELSON_NEW_DATABASE s1 psql .* --dbname=postgres$/,
      ),
    ]);
  });

  it.each([
    ["ERROR:  the server has shop_prod\n", "ERROR:  the server has shop_prod"],
    ["", "psql ended with 3"],
  ])("fails with the server's message: %j", async (stderr, sentence) => {
    const answer = (command: string) =>
      command.includes("psql") ? { code: 3, stderr } : undefined;
    await expect(superuserSql(fakeContext(environment, answer))).rejects.toThrow(sentence);
  });
});
