import { describe, expect, it } from "vitest";
import { ProxySession } from "#release/proxy-session";
import { smokeProblems, smokeTestOf, type SmokeTest } from "#release/smoke-test";
import { ok } from "../support/fake-haproxy.js";
import { world } from "../support/step-world.js";

const check = (path: string, status = 200, json: SmokeTest["checks"][number]["json"] = {}) => ({
  ...{ path, status, json },
});

type Answer = ReturnType<typeof ok>;

/** What is wrong when the paths are answered so. */
async function problems(
  answers: Readonly<Record<string, Answer>>,
  checks: SmokeTest["checks"],
  more: { timeout?: number; through?: string; takes?: number } = {},
) {
  const { proxy, context } = world();
  const { timeout = 30, through, takes = 0 } = more;
  const asked: string[][] = [];
  proxy.fetched = (url, configuration) => {
    asked.push(configuration.split("\n"));
    void context.wait(takes * 1000);
    return answers[new URL(url).pathname] ?? ok("404", "nothing here");
  };
  const site = { base: "http://new:3000", ...(through === undefined ? {} : { through }) };
  const session = new ProxySession(proxy.conversation());
  const found = await smokeProblems(context, session, { timeout, checks }, site);
  return { found, asked };
}

describe("smokeProblems", () => {
  it("are none where all is answered as it is to be", async () => {
    const answers = {
      "/version": ok("200", '{"version":"2.1","a":{"0":"x"},"n":1}'),
      "/gone": ok("410"),
    };
    const checks = [
      check("/version", 200, { version: "2.1", "a.0": "x", n: 1 }),
      check("/gone", 410),
    ];
    expect((await problems(answers, checks)).found).toEqual([]);
  });

  it("ask the container as the public site is asked", async () => {
    const { asked } = await problems({ "/": ok("200") }, [check("/")]);
    expect(asked).toEqual([
      [
        'url = "http://new:3000/"',
        'header = "Host: shop.com"',
        'header = "X-Forwarded-Proto: https"',
        ...["insecure", "silent", "show-error", 'max-time = "30.0"', 'max-filesize = "1000000"'],
        'write-out = "\\nkeelson-answer %{http_code} %{redirect_url}"',
      ],
    ]);
  });

  it("ask through the proxy by the public URL, connected to the proxy itself", async () => {
    const { asked } = await problems({ "/": ok("200") }, [check("/")], { through: "proxy:8443" });
    expect(asked[0]?.slice(0, 3)).toEqual([
      ...['url = "http://new:3000/"', 'connect-to = "::proxy:8443"', "insecure"],
    ]);
  });

  it.each<[string, Answer, SmokeTest["checks"][number], string]>([
    ["another status", ok("500", "Oops\n"), check("/"), "/ answers 500 (Oops), not 200"],
    [
      "a redirect, which is not followed",
      ok("302", "", "http://new:3000/login"),
      check("/"),
      "/ answers 302 to http://new:3000/login, not 200",
    ],
    [
      "another value",
      ok("200", '{"version":"2.0"}'),
      check("/", 200, { version: "2.1" }),
      '/ answers 200 ({"version":"2.0"}), in which version is "2.0", not "2.1"',
    ],
    [
      "a value that is not there, and one of another kind",
      ok("200", '{"n":"1"}'),
      check("/", 200, { n: 1, "a.b": null, x: true }),
      '/ answers 200 ({"n":"1"}), in which n is "1", not 1, a.b is missing, not null, x is missing, not true',
    ],
    [
      "what is no JSON",
      ok("200", "<html>"),
      check("/", 200, { version: "2" }),
      '/ answers 200 (<html>), in which version is missing, not "2"',
    ],
    [
      "nothing",
      { code: 28, text: "curl: (28) Operation timed out" },
      check("/"),
      "/ is not answered: Operation timed out",
    ],
    [
      "no word of curl's",
      { code: 3, text: "" },
      check("/"),
      "/ is not answered: curl ended with 3",
    ],
  ])("name %s", async (_what, answer, wanted, problem) => {
    expect((await problems({ "/": answer }, [wanted])).found).toEqual([problem]);
  });

  it("are of every check, and say where the time for all of them was over", async () => {
    const checks = [check("/a"), check("/b"), check("/c")];
    const { found, asked } = await problems({}, checks, { timeout: 2, takes: 1.5 });
    expect(found).toEqual([
      "/a answers 404 (nothing here), not 200",
      "/b answers 404 (nothing here), not 200",
      "/c: the 2 s for all checks were over",
    ]);
    expect(asked.map((lines) => lines.find((line) => line.startsWith("max-time")))).toEqual([
      ...['max-time = "2.0"', 'max-time = "0.5"'],
    ]);
  });
});

describe("smokeTestOf", () => {
  it("is what the program hands over, or nothing", () => {
    const test = { timeout: 30, checks: [check("/")] };
    expect(smokeTestOf({ environment: { CHECKS: JSON.stringify(test) } })).toEqual(test);
    expect(smokeTestOf({ environment: {} })).toBeUndefined();
  });
});
