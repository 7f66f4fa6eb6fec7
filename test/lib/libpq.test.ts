import { describe, expect, it } from "vitest";
import { databaseUrl } from "#lib/database-url";
import { serviceFile } from "#lib/libpq";

const lines = (url: string) => serviceFile(url)?.trim().split("\n").slice(1);

describe("serviceFile", () => {
  it("takes what we write apart again", () => {
    const address = { user: "a_b", password: `p@ss:/?#%'"\\ ä`, host: "postgres", port: 5433 };
    expect(lines(databaseUrl({ ...address, database: "close-the-loop" }))).toEqual([
      "host=postgres",
      "port=5433",
      "dbname=close-the-loop",
      "user=a_b",
      `password=p@ss:/?#%'"\\ ä`,
    ]);
  });

  it.each([
    ["postgres://me@db/app", ["host=db", "port=5432", "dbname=app", "user=me"]],
    ["postgresql+asyncpg://db/app", ["host=db", "port=5432", "dbname=app"]],
    [
      "postgres://me:a:b@one:1,two/app",
      [
        "host=one,two",
        "port=1,5432",
        "dbname=app",
        "user=me",
        "password=a:b",
        "target_session_attrs=read-write",
      ],
    ],
    ["postgres://[fe80::1]:6432/app", ["host=fe80::1", "port=6432", "dbname=app"]],
    [
      "postgres://me:100%@db/app",
      ["host=db", "port=5432", "dbname=app", "user=me", "password=100%"],
    ],
  ])("reads %s", (url, expected) => {
    expect(lines(url)).toEqual(expected);
  });

  it.each([
    ["sslmode=require", ["sslmode=require"]],
    ["sslmode=verify-ca&sslrootcert=/app/ca.pem", ["sslmode=verify-full", "sslrootcert=system"]],
    ["sslmode=no-verify", ["sslmode=require"]],
    ["ssl=true", ["sslmode=require"]],
    ["ssl=true&sslmode=prefer", ["sslmode=prefer"]],
    ["schema=public&connection_limit=5&pool_size=3", []],
    ["options=-c%20search_path%3Dshop", ["options=-c search_path=shop"]],
  ])("keeps of ?%s what libpq knows", (query, expected) => {
    expect(lines(`postgres://db/app?${query}`)?.slice(3)).toEqual(expected);
  });

  it("keeps how far the server is verified by an authority of one's own, whose certificates come along", () => {
    const of = (query: string) =>
      serviceFile(`postgres://db/app${query}`, "-----BEGIN\r\nabc\n\n-----END\n")
        ?.trim()
        .split("\n")
        .slice(4);
    const comments = ["#authority -----BEGIN", "#authority abc", "#authority -----END"];
    const file = "sslrootcert=/tmp/authority.pem";
    expect(of("?sslmode=verify-ca&sslrootcert=/app/ca.pem")).toEqual([
      "sslmode=verify-ca",
      file,
      ...comments,
    ]);
    for (const query of ["", "?sslmode=require"]) {
      expect(of(query)).toEqual(["sslmode=verify-full", file, ...comments]);
    }
  });

  it("hands a password on that is longer than a line of such a file may be", () => {
    const token = "x".repeat(1500);
    expect(lines(`postgres://me:${token}@db/app`)?.at(-1)).toBe(`#password ${token}`);
  });

  it("asks several hosts for the one that writes, unless the URL says otherwise", () => {
    expect(lines("postgres://one,two/app")?.at(-1)).toBe("target_session_attrs=read-write");
    expect(lines("postgres://one,two/app?target_session_attrs=any")?.slice(3)).toEqual([
      "target_session_attrs=any",
    ]);
  });

  it.each([
    "",
    "mysql://me@db/app",
    "db.example.com/app",
    "postgres://me@db",
    "postgres://me:a%0Ahostaddr=10.0.0.1@db/app",
  ])("does not take %j for a URL of PostgreSQL", (url) => {
    expect(serviceFile(url)).toBeUndefined();
  });
});
