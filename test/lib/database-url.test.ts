import { describe, expect, it } from "vitest";
import { databaseUrl, databaseUrlSchemes } from "#lib/database-url";

const at = { host: "postgres", port: 5432, database: "shop", user: "app", password: "pw" };

describe("databaseUrl", () => {
  it.each(databaseUrlSchemes)("writes the scheme %s as asked", (scheme) => {
    expect(databaseUrl({ ...at, scheme })).toBe(`${scheme}://app:pw@postgres:5432/shop`);
  });

  it("escapes user, password and database, so that any URL parser finds them again", () => {
    const odd = { user: "a@b", password: "p:/?#[]@ %ä'", database: "close-the-loop_prod" };
    const url = new URL(databaseUrl({ ...at, ...odd, scheme: "postgres" }));
    expect(decodeURIComponent(url.username)).toBe(odd.user);
    expect(decodeURIComponent(url.password)).toBe(odd.password);
    expect(url.pathname).toBe("/close-the-loop_prod");
    expect(url.host).toBe("postgres:5432");
  });
});
