import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { planOf } from "#cli/commands/load";
import { figuresOf, figuresText, loadFigures } from "#cli/commands/load/figures";
import { generate, type Sample } from "#cli/commands/load/generate";
import { Failure } from "#cli/io/failure";
import { settingsFrom } from "#config";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function site(answer: RequestListener): Promise<URL> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
}
const plan = (url: URL, more: object = {}) => ({
  url,
  paths: ["/"],
  rate: 50,
  seconds: 1,
  verify: true,
  ...more,
});

describe("a load", () => {
  it("asks each path in its turn, as often as planned", async () => {
    const asked: string[] = [];
    const url = await site((request, response) => {
      asked.push(request.url ?? "");
      response.end("ok");
    });
    const samples = await generate(plan(url, { paths: ["/", "/a?b=1"] }));
    expect(samples.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(asked.filter((each) => each === "/a?b=1")).toHaveLength(25);
  });

  it("begins requests on time while those before wait, and counts the wait from then on", async () => {
    let waiting = 0;
    let most = 0;
    const url = await site((_, response) => {
      waiting += 1;
      most = Math.max(most, waiting);
      setTimeout(() => {
        waiting -= 1;
        response.end();
      }, 400);
    });
    const samples = await generate(plan(url));
    expect(most).toBeGreaterThan(10);
    expect(Math.min(...samples.map(({ milliseconds }) => milliseconds))).toBeGreaterThanOrEqual(
      399,
    );
  });

  it("counts what was interrupted, what is not answered in time, and who is not there", async () => {
    const url = await site((request, response) => {
      if (request.url === "/cut") response.socket?.destroy();
      if (request.url === "/half") {
        response.writeHead(200, { "content-length": 10 });
        response.write("half", () => response.socket?.destroy());
      }
    });
    const paths = ["/cut", "/half", "/late"];
    const samples = await generate(plan(url, { paths, rate: 6, patienceMs: 200 }));
    const errors = (path: string) => samples.filter((each) => each.path === path);
    for (const path of paths)
      for (const each of errors(path)) expect([path, each.status]).toEqual([path, undefined]);
    expect(errors("/late")[0]?.error).toBe("no whole answer within 0.2 s");
    server?.closeAllConnections();
    server?.close();
    const gone = await generate(plan(url, { rate: 2 }));
    expect(gone.map(({ error }) => error)).toEqual(["ECONNREFUSED", "ECONNREFUSED"]);
  });

  it("ends early when it is stopped, with what there is", async () => {
    const url = await site((_, response) => response.end());
    const stop = new AbortController();
    const began = performance.now();
    const samples = generate(plan(url, { seconds: 60 }), stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 100);
    expect((await samples).length).toBeLessThan(50);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe("its figures", () => {
  const sample = (milliseconds: number, status?: number, error?: string): Sample => ({
    path: "/",
    status,
    milliseconds,
    ...(error === undefined ? {} : { error }),
  });

  it("have what failed, and latencies of all", () => {
    const fine = Array.from({ length: 97 }, (_, index) => sample(index + 1, 200));
    const samples = [
      ...fine,
      sample(500, 404),
      sample(600, 503),
      sample(700, undefined, "ECONNRESET"),
    ];
    const figures = figuresOf(samples, 10, "v3, 1.4.0");
    expect(loadFigures.parse(figures)).toEqual({
      requests: 100,
      seconds: 10,
      failed: 2,
      statuses: { 200: 97, 404: 1, 503: 1 },
      errors: { ECONNRESET: 1 },
      latency: { p50: 50, p90: 90, p99: 600, max: 700 },
      release: "v3, 1.4.0",
    });
    expect(figuresText(figures)).toEqual([
      "requests  100 in 10.0 s, 10.0 a second",
      "statuses  200 97, 404 1, 503 1",
      "failed    2 (ECONNRESET 1)",
      "latency   p50 50 ms, p90 90 ms, p99 600 ms, max 700 ms",
      "release   v3, 1.4.0",
    ]);
  });

  it("are there of a load that was stopped before its first request", () => {
    expect(figuresText(figuresOf([], 0, null)).slice(-3)).toEqual([
      "failed    0",
      "latency   p50 0 ms, p90 0 ms, p99 0 ms, max 0 ms",
      "release   not known",
    ]);
  });
});

describe("its options", () => {
  const settings = settingsFrom({
    environment: "preview",
    app: { name: "shop", image: "shop:1" },
    proxy: { domains: ["preview.example.com"], tls: { mode: "self-signed" }, httpsPort: 8443 },
  });
  const options = { rps: "20", for: "1m", paths: "/, /items?page=2" };

  it("lead to the site, whose certificate may be its own", () => {
    expect(planOf(options, settings)).toMatchObject({
      url: new URL("https://preview.example.com:8443"),
      paths: ["/", "/items?page=2"],
      rate: 20,
      seconds: 60,
      verify: false,
    });
  });

  it.each([
    [{ rps: "0" }, '--rps: "0" is not a whole number from 1 to 1000.'],
    [{ rps: "1e3" }, '--rps: "1e3" is not a whole number from 1 to 1000.'],
    [{ rps: "2000" }, '--rps: "2000" is not a whole number from 1 to 1000.'],
    [{ for: "60" }, '--for: "60" is not a duration up to 10m, such as 30s.'],
    [{ for: "1h" }, '--for: "1h" is not a duration up to 10m, such as 30s.'],
    [{ paths: "/a,b" }, '--paths: "b" is not a path; begin it with /.'],
    [{ paths: "" }, '--paths: "" is not a path; begin it with /.'],
    [
      { url: "preview" },
      '--url: "preview" is not an address; write it as https://www.example.com.',
    ],
    [
      { url: "ftp://a" },
      '--url: "ftp://a" is not an address; write it as https://www.example.com.',
    ],
  ])("are refused: %j", (wrong, message) => {
    expect(() => planOf({ ...options, ...wrong }, settings)).toThrow(new Failure(message));
  });
});
