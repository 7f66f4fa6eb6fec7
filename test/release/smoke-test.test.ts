import { describe, expect, it } from "vitest";
import { ProxySession } from "#release/proxy-session";
import { smokeProblems, smokeTestOf, type SmokeTest } from "#release/smoke-test";
import { ok } from "../support/fake-haproxy.js";
import { world } from "../support/step-world.js";

type Check = SmokeTest["checks"][number];

const check = (
  path: string,
  status: number | number[] = 200,
  json: Check["json"] = {},
  more: Partial<Check> = {},
): Check => ({
  path,
  method: "GET",
  headers: {},
  secretHeaders: {},
  status: [status].flat(),
  json,
  answerHeaders: {},
  retries: 0,
  retryPauseSeconds: 1,
  ...more,
});

type Answer = ReturnType<typeof ok>;

/** What is wrong when the paths are answered so. */
async function problems(
  answers: Readonly<Record<string, Answer>>,
  checks: SmokeTest["checks"],
  more: {
    timeout?: number;
    through?: string;
    takes?: number;
    secrets?: string;
    now?: (asked: number) => Answer;
  } = {},
) {
  const { secrets, now } = more;
  const { proxy, context } = world(secrets === undefined ? {} : { SMOKE_SECRETS: secrets });
  const { timeout = 30, through, takes = 0 } = more;
  const asked: string[][] = [];
  proxy.fetched = (url, configuration) => {
    asked.push(configuration.split("\n"));
    void context.wait(takes * 1000);
    return now?.(asked.length) ?? answers[new URL(url).pathname] ?? ok("404", "nothing here");
  };
  const site = { base: "http://new:3000", ...(through === undefined ? {} : { through }) };
  const session = new ProxySession(proxy.conversation());
  const found = await smokeProblems(context, session, { timeout, checks }, site);
  return { found, asked, clock: context.now() };
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
        "insecure",
        "silent",
        "show-error",
        'max-time = "30.0"',
        'max-filesize = "1000000"',
        'write-out = "\\nkeelson-answer %{http_code} %{redirect_url}"',
      ],
    ]);
  });

  it("ask through the proxy by the public URL, connected to the proxy itself", async () => {
    const { asked } = await problems({ "/": ok("200") }, [check("/")], { through: "proxy:8443" });
    expect(asked[0]?.slice(0, 3)).toEqual([
      'url = "http://new:3000/"',
      'connect-to = "::proxy:8443"',
      "insecure",
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
      'max-time = "2.0"',
      'max-time = "0.5"',
    ]);
  });
});

describe("a check of the smoke test", () => {
  const one = (more: Partial<Check>, status: number | number[] = 200) =>
    check("/", status, {}, more);
  const lines = (asked: string[][]) =>
    asked[0]?.filter((line) => /^(request|head|header|data-raw|write-out)/.test(line));

  it("asks with its method, headers and body, over those of the public site", async () => {
    const body = 'a "quoted"\r\n\tline\\';
    const headers = { host: "admin.shop.com", "Content-Type": "text/plain" };
    const { asked } = await problems({ "/": ok("200") }, [one({ method: "POST", headers, body })]);
    expect(lines(asked)).toEqual([
      'request = "POST"',
      'data-raw = "a \\"quoted\\"\\r\\n\\tline\\\\"',
      'header = "X-Forwarded-Proto: https"',
      'header = "host: admin.shop.com"',
      'header = "Content-Type: text/plain"',
      'write-out = "\\nkeelson-answer %{http_code} %{redirect_url}"',
    ]);
  });

  it("asks with HEAD, whose answer has no body", async () => {
    const answer = ok("405", "HTTP/1.1 405\r\nallow: GET\r\n");
    const { found, asked } = await problems({ "/": answer }, [one({ method: "HEAD" })]);
    expect(found).toEqual(["HEAD / answers 405, not 200"]);
    expect(asked[0]?.[1]).toBe("head");
  });

  it("asks with secrets, which no problem shows", async () => {
    const secrets = JSON.stringify({ TOKEN: "s3cret\n" });
    const secretHeaders = { Authorization: "TOKEN" };
    const answer = ok("401", "not you, s3cret");
    const given = await problems({ "/": answer }, [one({ secretHeaders })], { secrets });
    expect(lines(given.asked)).toContain('header = "Authorization: s3cret"');
    expect(given.found).toEqual(["/ answers 401 (not you, [secret]), not 200"]);
    await expect(problems({}, [one({ secretHeaders })])).rejects.toThrow(
      "smoke test: / is asked with the secret TOKEN, which has no value; set it, or remove it from release.smoke",
    );
  });

  it.each<[string, Partial<Check>, number[], Answer, string[]]>([
    ["one of several statuses", {}, [200, 301], ok("301", "", "https://shop.com/"), []],
    ["none of them", {}, [200, 301], ok("302"), ["/ answers 302, not 200 or 301"]],
    ["a text", { text: "Shop 2.1" }, [200], ok("200", "<h1>Shop 2.1</h1>"), []],
    [
      "no such text",
      { text: "Shop" },
      [200],
      ok("200", "Error"),
      ['/ answers 200 (Error), in which the text "Shop" is missing'],
    ],
  ])("takes %s for what it is", async (_what, more, status, answer, found) => {
    expect((await problems({ "/": answer }, [one(more, status)])).found).toEqual(found);
  });

  it("compares headers of the answer, by their names in any case", async () => {
    const answer = {
      code: 0,
      text: 'ok\nkeelson-answer 200 \n{"server":["a"],\n"set-cookie":["x=1","sid=2; Secure"]}',
    };
    const of = (answerHeaders: Record<string, string>) =>
      problems({ "/": answer }, [one({ answerHeaders })]);
    const { found, asked } = await of({ "Set-Cookie": "sid=", Server: "a" });
    expect(found).toEqual([]);
    expect(lines(asked)).toContain(
      'write-out = "\\nkeelson-answer %{http_code} %{redirect_url}\\n%{header_json}"',
    );
    expect((await of({ Server: "nginx", Vary: "Accept" })).found).toEqual([
      '/ answers 200 (ok), in which the header Server is "a", not with "nginx", the header Vary is missing, not with "Accept"',
    ]);
  });

  it("asks again as often as it says, and says how often", async () => {
    const loading = (until: number) => (asked: number) => ok(asked < until ? "503" : "200");
    const retried = one({ retries: 2, retryPauseSeconds: 4 });
    const passes = await problems({}, [retried], { now: loading(3) });
    expect([passes.found, passes.asked.length, passes.clock >= 8000]).toEqual([[], 3, true]);
    const fails = await problems({}, [retried], { now: loading(4) });
    expect(fails.found).toEqual(["/ answers 503, not 200 (asked 3 times)"]);
    // The time for all of them ends it before, with the last answer.
    const late = await problems({}, [retried, one({})], { now: loading(9), timeout: 6 });
    expect(late.found).toEqual([
      "/ answers 503, not 200 (asked 2 times)",
      "/: the 6 s for all checks were over",
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
