// The history of releases that the proxy keeps.
// @module-tag long
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cleanUp, docker, tryDocker, type Outcome } from "../../support/docker.js";
import { ask, startFront, type Front } from "../../support/front.js";

const prefix = "krels";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  await front.use({ tcp: [{ port: 1982, target: 1982 }] });
});
afterAll(() => cleanUp(prefix));
beforeEach(() => docker(["exec", front.proxy, "rm", "-rf", "/config/releases"]));

interface Listed {
  readonly id: string;
  readonly result: string;
  readonly reason: string | null;
  readonly switched: string | null;
  readonly previous: boolean;
  readonly counted: object;
  readonly content: { readonly image: string };
}

function releases(words: readonly string[], content?: object, back = ""): Promise<Outcome> {
  const environment = ["--env", "RELEASE_WHO=eve", "--env", `RELEASE_BACK_TO=${back}`];
  const exec = ["exec", "--interactive", ...environment, front.proxy, "releases", ...words];
  return tryDocker(exec, content === undefined ? "" : JSON.stringify(content));
}

async function must(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await releases(words);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function begin(image: string, back?: string): Promise<string> {
  return (await releases(["begin"], { settings: { a: "ü'$" }, image }, back)).stdout.trim();
}

async function list(): Promise<Listed[]> {
  const lines = (await must("list")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Listed);
}

/** One release after another, each live. */
async function went(...releases: readonly (readonly [image: string, back?: string])[]) {
  for (const [image, back] of releases) {
    await begin(image, back);
    await must("end", "live");
  }
}

const told = async () =>
  (await list()).map(({ id, result, reason }) => [
    id,
    result,
    ...(reason === null ? [] : [reason]),
  ]);

describe("a release", () => {
  it("is one, however often it is taken up again, and ends once", async () => {
    expect(await begin("shop:1")).toBe("v1");
    expect(await begin("shop:1")).toBe("v1");
    await must("resume");
    await must("note", "migration", '{"ran":false}');
    await must("switched");
    await must("switched");
    await must("end", "live", "", "sha256:1");
    await must("end", "failed", "too late");
    await must("resume");
    const [only, ...others] = await list();
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      ...{ id: "v1", who: "eve", result: "live", reason: null, migration: { ran: false } },
      imageId: "sha256:1",
      content: { image: "shop:1", settings: { a: "ü'$" } },
    });
    const { begin: began, switched, end } = only as unknown as Record<string, string>;
    expect([began, switched, end].sort()).toEqual([began, switched, end]);
  });

  it("that failed is begun again by the step that is tried again", async () => {
    await begin("shop:1");
    await must("end", "failed", "health: unhealthy");
    await must("resume");
    await must("end", "live");
    expect(await told()).toEqual([
      ["v2", "live"],
      ["v1", "failed", "health: unhealthy"],
    ]);
  });

  it("that was interrupted has failed when another one begins", async () => {
    await begin("shop:1");
    await begin("shop:2");
    expect(await told()).toEqual([
      ["v2", "running"],
      ["v1", "failed", "it was interrupted, and another one began"],
    ]);
  });

  it("is not begun by what is no JSON", async () => {
    const { code, stderr } = await releases(["begin"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("as JSON on its standard input")]);
    expect(await list()).toEqual([]);
  });
});

describe("the history", () => {
  it("knows what a rollback goes to: never to what one went back from", async () => {
    const previous = async () => (await list()).filter((each) => each.previous).map(({ id }) => id);
    await went(["shop:1"]);
    expect(await previous()).toEqual([]);
    await went(["shop:2"]);
    expect(await previous()).toEqual(["v1"]);
    await went(["shop:3"], ["shop:2", "v2"]);
    expect(await told()).toEqual([
      ["v4", "live"],
      ["v3", "rolled-back", "by v4, which went back to v2"],
      ["v2", "superseded"],
      ["v1", "superseded"],
    ]);
    expect(await previous()).toEqual(["v1"]);
    await went(["shop:5"]);
    expect(await previous()).toEqual(["v4"]);
  });

  it("keeps the images of the last, of the previous one, and of those in between", async () => {
    await went(["shop:0"], ["shop:1"]);
    await begin("shop:bad");
    await must("end", "failed", "no");
    await went(["shop:2"]);
    expect((await must("prunable", "2")).split("\n")).toEqual(["shop:0"]);
    await went(["shop:1", "v2"]);
    // The previous one is v1.
    expect((await must("prunable", "2")).split("\n")).toEqual(["shop:bad"]);
    await must("pruned", "shop:bad");
    expect(await must("prunable", "2")).toBe("");
    const needs = async (image: string) => (await releases(["needs", image])).code;
    expect([await needs("shop:0"), await needs("shop:2"), await needs("shop:bad")]).toEqual([
      ...[0, 0, 1],
    ]);
  });
});

describe("the counters of a release", () => {
  const counted = async () => (await list())[0]?.counted;

  it("tell what the proxy failed to do from the app's own errors, also in another worker", async () => {
    await ask(front.http, "/wrong");
    await begin("shop:1");
    expect(await counted()).toEqual({ requests: 0, failed: 0, errors: 0 });
    expect((await ask(front.http, "/text")).status).toBe(200);
    expect((await ask(front.http, "/wrong")).status).toBe(500);
    expect((await ask(front.http, "/gone")).status).toBe(502);
    expect((await ask(front.http, "/", { headers: { host: "elsewhere" } })).status).toBe(421);
    await expect(ask(front.http, "/cut")).rejects.toThrow();
    await must("count");
    expect(await counted()).toEqual({ requests: 4, failed: 2, errors: 1 });
    expect(await front.use({ limits: { requestTimeout: "9s" } })).toBe("reload");
    await ask(front.http, "/text");
    await must("end", "live");
    expect(await counted()).toEqual({ requests: 5, failed: 2, errors: 1 });
  });
});
