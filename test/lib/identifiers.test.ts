import { describe, expect, it } from "vitest";
import * as identifiers from "#lib/identifiers";

const cases: Record<string, { good: unknown[]; bad: unknown[] }> = {
  slug: {
    good: ["ab", "close-the-loop", "a1", `a${"b".repeat(39)}`],
    bad: ["a", "", "1a", "-a", "a-", "A", "a_b", "a.b", `a${"b".repeat(40)}`],
  },
  sqlIdentifier: {
    good: ["close-the-loop_prod", "_x", "a", "a".repeat(52)],
    bad: ["", "1a", "A", "a b", 'a"b', "-a", "a".repeat(53)],
  },
  variableName: {
    good: ["APP_ENV", "_x", "a1"],
    bad: ["", "1A", "A-B", "A B", "A=B", "Ä"],
  },
  domain: {
    good: ["localhost", "www.example.com", "a-b.example", "127.0.0.1", "xn--bcher-kva.example"],
    bad: ["", "https://a.com", "a.com:80", "a.com/", "-a.com", "a..com", "A.com", ".a", "a_b.c"],
  },
  port: { good: [1, 65_535], bad: [0, 65_536, 1.5, "80", -1] },
  absolutePath: { good: ["/", "/data/uploads"], bad: ["", "data", "/a b", "/a:b", "./a"] },
  urlPath: {
    good: ["/", "/health?full=1"],
    bad: ["", "health", "/a b", "http://x/", "/#top", "/'", '/"'],
  },
  cpus: { good: [0.01, 0.5, 1, 1.25, 512], bad: [0, -1, 0.001, 1.005, 513, "1"] },
};

describe.each(Object.entries(cases))("%s", (name, { good, bad }) => {
  const schema = identifiers[name as "slug"];

  it.each(good)("takes %j", (value) => {
    expect(schema.parse(value)).toBe(value);
  });

  it.each(bad)("refuses %j with one reason", (value) => {
    expect(schema.safeParse(value).error?.issues).toHaveLength(1);
  });
});

describe("dockerCpus", () => {
  it.each([
    [1, "1.0"],
    [2, "2.0"],
    [0.5, "0.5"],
    [0.25, "0.25"],
    [1.1, "1.1"],
  ])("writes %d as Docker prints it: %s", (share, text) => {
    expect(identifiers.dockerCpus(share)).toBe(text);
  });
});
