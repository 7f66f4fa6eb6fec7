import { describe, expect, it } from "vitest";
import { databaseUrl, plainUrl } from "#lib/database-url";

const at = { host: "postgres", port: 5432, database: "shop", user: "app", password: "pw" };
const odd = { user: "a@b", password: `p:/?#[]@ %ä'"\\;=`, database: "close-the-loop_prod" };
const parameters = { sslmode: "disable" };

describe("databaseUrl", () => {
  it.each([
    ["url", "postgresql+asyncpg", "postgresql+asyncpg://app:pw@postgres:5432/shop?sslmode=disable"],
    ["url", "ecto", "ecto://app:pw@postgres:5432/shop?sslmode=disable"],
    ["jdbc", "", "jdbc:postgresql://postgres:5432/shop?user=app&password=pw&sslmode=disable"],
    ["ado", "", "Host=postgres;Port=5432;Database=shop;Username=app;Password=pw;sslmode=disable"],
    ["keywords", "", "host=postgres port=5432 dbname=shop user=app password=pw sslmode=disable"],
  ] as const)("writes the form %s %s", (form, scheme, text) => {
    expect(databaseUrl(at, { form, scheme, parameters })).toBe(text);
  });

  it("is what libpq takes where nothing else is said", () => {
    expect(databaseUrl(at)).toBe("postgresql://app:pw@postgres:5432/shop");
  });

  it("escapes user, password, database and parameters, so that any URL parser finds them again", () => {
    const options = { options: "-c a=b&c" };
    const url = new URL(databaseUrl({ ...at, ...odd }, { ...plainUrl, parameters: options }));
    expect(decodeURIComponent(url.username)).toBe(odd.user);
    expect(decodeURIComponent(url.password)).toBe(odd.password);
    expect(url.pathname).toBe("/close-the-loop_prod");
    expect(url.host).toBe("postgres:5432");
    expect(url.searchParams.get("options")).toBe("-c a=b&c");
  });

  it("escapes a password in each other form as that form does", () => {
    const written = (form: "jdbc" | "ado" | "keywords") =>
      databaseUrl({ ...at, ...odd }, { form, scheme: "", parameters: {} });
    const jdbc = new URL(written("jdbc").replace("jdbc:", ""));
    expect(jdbc.searchParams.get("password")).toBe(odd.password);
    expect(written("ado")).toBe(
      `Host=postgres;Port=5432;Database=close-the-loop_prod;Username=a@b;Password="p:/?#[]@ %ä'""\\;="`,
    );
    expect(written("keywords")).toBe(
      `host=postgres port=5432 dbname=close-the-loop_prod user=a@b password='p:/?#[]@ %ä\\'"\\\\;='`,
    );
  });
});
