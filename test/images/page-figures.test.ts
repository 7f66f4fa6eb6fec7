// The script by which monitoring writes down what the status page shows, against a stand-in of Prometheus.
import { execFile, type ExecFileException } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nowAnswers, numberIn, overAnswers, releasesIn } from "#page/stack/answers";
import { pageQueries } from "#page/stack/queries";
import { root } from "../support/root.js";

const folder = mkdtempSync(join(tmpdir(), "keelson-figures-"));
const queries = pageQueries({ prefix: "shop-prod", database: "shop_prod" });
let server: Server;
let env: NodeJS.ProcessEnv;
/** Queries that were asked, with their parameters. */
const asked: URL[] = [];
/** A query that is not answered. */
let broken: string | undefined;

const alert = {
  labels: { alertname: "KeelsonSiteDown" },
  annotations: { summary: "a sentence" },
  startsAt: "2026-03-02T11:00:00Z",
  status: { state: "active", silencedBy: [], inhibitedBy: [] },
  generatorURL: "http://monitoring/canary",
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://stand-in");
    asked.push(url);
    const query = url.searchParams.get("query") ?? "";
    if (query === broken) {
      response.writeHead(503).end("{}");
      return;
    }
    const metric = { query };
    const result = url.pathname.endsWith("query_range")
      ? [{ metric, values: [[Number(url.searchParams.get("end")), "2"]] }]
      : [{ metric, value: [1, "1.5"] }];
    response.setHeader("content-type", "application/json");
    const answer = url.pathname.endsWith("/alerts") ? [alert] : { data: { result } };
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  writeFileSync(join(folder, "queries"), JSON.stringify(queries));
  env = {
    PATH: process.env["PATH"],
    PAGE_QUERIES: join(folder, "queries"),
    PAGE_FOLDER: folder,
    PROMETHEUS: origin,
    ALERTMANAGER: origin,
  };
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
  broken = undefined;
});

function figures(mode: string, input = ""): Promise<{ code: number; stderr: string }> {
  const script = join(root, "images/monitoring/page-figures");
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, _: string, stderr: string) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    };
    execFile("bash", [script, mode], { env }, done).stdin?.end(input);
  });
}
const read = (name: string) => readFileSync(join(folder, name), "utf8");

describe("what is written down for the status page", () => {
  it("is the answer to every query, which arrives as it was written", async () => {
    expect(await figures("once")).toEqual({ code: 0, stderr: "" });
    const sent = asked.flatMap(({ searchParams }) => searchParams.get("query") ?? []);
    const over = Object.values(queries.over).map(({ query }) => query);
    expect(sent.toSorted()).toEqual([...Object.values(queries.now), ...over].toSorted());
    const now = nowAnswers(read("now.json"));
    for (const name of Object.keys(queries.now) as (keyof typeof queries.now)[]) {
      expect(numberIn(now.values(name))).toBe(1.5);
      expect(now.values(name)[0]?.metric["query"]).toBe(queries.now[name]);
    }
    expect(Date.now() - now.at.getTime()).toBeLessThan(60_000);
    const { at, series } = overAnswers(read("over.json"));
    for (const [name, { query, step }] of Object.entries(queries.over)) {
      const end = Math.floor(at.getTime() / 1000 / step) * step;
      expect(series(name as keyof typeof queries.over)).toEqual([
        { metric: { query }, values: [[end, "2"]] },
      ]);
    }
  });

  it("asks for whole spans, in steps", async () => {
    await figures("once");
    const ranges = asked.filter(({ pathname }) => pathname.endsWith("query_range"));
    for (const { query, length, step } of Object.values(queries.over)) {
      const found = ranges.find(({ searchParams }) => searchParams.get("query") === query);
      const [start, end, each] = ["start", "end", "step"].map((key) =>
        Number(found?.searchParams.get(key)),
      ) as [number, number, number];
      expect([end - start, each, end % step]).toEqual([length, step, 0]);
    }
  });

  it("is of an alert what the page shows, and no more", async () => {
    await figures("once");
    expect(read("now.json")).not.toContain("canary");
    expect(nowAnswers(read("now.json")).alerts).toEqual([
      { ...alert, status: { state: "active" }, generatorURL: undefined },
    ]);
  });

  it("stays what it was where a question has no answer", async () => {
    await figures("once");
    const before = read("now.json");
    broken = queries.now.up;
    const { code, stderr } = await figures("once");
    expect(code).not.toBe(0);
    expect(stderr).toContain("503");
    expect(read("now.json")).toBe(before);
  });

  it("has the releases by the input, which has to be JSON; another user may read it", async () => {
    await figures("releases", '[{"id": "v1", "begin": "2026-03-02T11:00:00Z", "switched": null}]');
    expect(releasesIn(read("releases.json"))).toMatchObject([{ id: "v1", switched: undefined }]);
    expect(statSync(join(folder, "releases.json")).mode & 0o777).toBe(0o644);
    const before = read("releases.json");
    expect((await figures("releases", "[{")).code).not.toBe(0);
    expect(read("releases.json")).toBe(before);
  });

  it("is asked for by a word that there is", async () => {
    expect(await figures("twice")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("not 'twice'") as string,
    });
  });
});
