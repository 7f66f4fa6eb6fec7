import { describe, expect, it } from "vitest";
import { conninfo, parseSource, shown } from "#cli/commands/adopt/source";
import { wayTo, type Publishing } from "#cli/commands/adopt/relay";

describe("parseSource", () => {
  it.each([
    ["postgres://shop@db.example.com/shop", "shop@db.example.com:5432/shop"],
    [
      "postgresql://o'neil%40x@[fd00::1]:6432/my%20shop?sslmode=require",
      "o'neil@x@fd00::1:6432/my shop",
    ],
  ])("reads %s", (url, text) => {
    expect(shown(parseSource(url))).toBe(text);
  });

  it.each([
    [
      "db.example.com",
      "--from: it is no URL of a server; write postgres://user@host:port/database.",
    ],
    [
      "mysql://a@b/c",
      "--from: it is no URL of a server; write postgres://user@host:port/database.",
    ],
    ["postgres://db/shop", "--from: it names no user; write postgres://user@host:port/database."],
    [
      "postgres://shop@db",
      "--from: it names no database; write postgres://user@host:port/database.",
    ],
    [
      "postgres://shop@db/shop/x",
      "--from: it names no database; write postgres://user@host:port/database.",
    ],
    [
      "postgres://shop@db/shop?sslmode=verify-full",
      "--from: sslmode=verify-full is not taken, since the server's container has no certificates of others; write disable, allow, prefer, require.",
    ],
    [
      "postgres://shop@db/shop?options=-c%20x",
      "--from: it has the parameter options; only sslmode is taken.",
    ],
  ])("refuses %s", (url, message) => {
    expect(() => parseSource(url)).toThrow(message);
  });

  it.each(["postgres://shop:secret@db/shop", "postgres://shop@db/shop?password=secret"])(
    "refuses a password, and does not repeat it: %s",
    (url) => {
      expect(() => parseSource(url)).toThrow(/^--from: it has a password, (?!.*secret)/);
    },
  );
});

it("a connection string has every value in quotes", () => {
  const source = parseSource("postgres://o'neil@db:6432/my%20shop?sslmode=require");
  expect(conninfo(source, "a'b\\c d")).toBe(
    "host='keelson-adopt-source' port='6432' user='o\\'neil' dbname='my shop' sslmode='require' connect_timeout='10' application_name='keelson adopt' password='a\\'b\\\\c d'",
  );
  expect(conninfo(source)).not.toContain("password");
});

describe("wayTo", () => {
  const published = (network: string): Publishing => ({
    Name: "/shop-db-1",
    NetworkSettings: {
      Ports: { "8080/tcp": null, "5432/tcp": [{ HostPort: "15999" }] },
      Networks: { [network]: { IPAddress: "172.17.0.9" } },
    },
  });

  it("another host is reached as the host reaches it", () => {
    expect(wayTo({ host: "db.example.com", port: 5432 }, undefined)).toEqual({
      network: "bridge",
      host: "db.example.com",
      port: 5432,
    });
  });

  it("a network that is named has it by its name there", () => {
    expect(wayTo({ host: "db", port: 5432 }, "shop_default").network).toBe("shop_default");
  });

  it("a port of localhost is the container's that publishes it, in its own network", () => {
    const at = { host: "127.0.0.1", port: 15999 };
    expect(wayTo(at, undefined, [published("shop_default")])).toEqual({
      network: "shop_default",
      host: "shop-db-1",
      port: 5432,
    });
    expect(wayTo(at, undefined, [published("bridge")]).host).toBe("172.17.0.9");
  });

  it("or else the host's itself", () => {
    expect(wayTo({ host: "localhost", port: 5432 }, undefined, [published("x")])).toEqual({
      network: "bridge",
      host: "host.docker.internal",
      port: 5432,
    });
  });
});
