// What served before stays in service for what a new version does not answer, on HAProxy itself.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { long } from "../../support/long.js";
import { retire } from "#release/drain";
import { lookAtAnswers } from "#release/watch/watch";
import { processContext } from "#release/step-context";
import { dockerAt } from "#lib/docker";
import { cleanUp, docker, hardened, root } from "../../support/docker.js";
import { startFront, type Front } from "../../support/front.js";
import { buildImages } from "../../support/images.js";
import { proxyTemplate } from "../../support/proxy.js";
import { inSession, put } from "../../support/put.js";

const prefix = "kpkept";
let [front, image]: [Front, string] = [{} as Front, ""];

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  image = (await buildImages("sample-app"))["sample-app"] ?? "";
});
afterAll(() => cleanUp(prefix));

/** An answer, or none: 0. */
interface Got {
  readonly method: string;
  readonly status: number;
  /** The host name of who answered. */
  readonly app: string;
  readonly whole: boolean;
}

/** Asks all the time, on fresh connections and on kept ones, by GET and by POST, until it is stopped. */
function clients(path = "/echo") {
  const got: Got[] = [];
  let stopped = false;
  const loop = async (method: string, agent: Agent | false) => {
    while (!stopped) {
      got.push(await once(method, path, agent));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const agent = new Agent({ keepAlive: true });
  const loops = [loop("GET", false), loop("GET", agent), loop("POST", agent)];
  return async () => {
    stopped = true;
    await Promise.all(loops);
    agent.destroy();
    return got;
  };
}

function once(method: string, path: string, agent: Agent | false): Promise<Got> {
  return new Promise((resolve) => {
    const { http: port } = front;
    const headers = { host: "localhost" };
    const call = request({ port, host: "127.0.0.1", path, method, agent, headers }, (response) => {
      let text = "";
      const { statusCode: status = 0 } = response;
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("close", () => {
        const app = /"app":"([^"]*)"/.exec(text)?.[1] ?? "";
        resolve({ method, status, app, whole: response.complete });
      });
      response.on("error", () => undefined);
    });
    call.on("error", () => {
      resolve({ method, status: 0, app: "", whole: false });
    });
    call.end();
  });
}

/** Starts a new version whose replicas serve badly, each in its way. @returns their names */
async function version(ways: readonly string[]): Promise<string[]> {
  const script = readFileSync(join(root, "test/e2e/fixtures/proxy/ending.cjs"), "utf8");
  const names = ways.map((_, index) => `${prefix}-new-${index}`);
  for (const [index, way] of ways.entries()) {
    const name = names[index] ?? "";
    const network = ["--network", `${prefix}-net`, "--hostname", `new-${index}`];
    const command = ["--no-healthcheck", "--entrypoint", "node", image, "-e", script, way];
    await docker(["run", "--detach", "--name", name, ...network, ...hardened, ...command]);
  }
  return names;
}

/** Puts containers into service; what was there stays for what they do not answer. */
const lead = (hosts: readonly string[], several = hosts.length > 1) =>
  put(front.proxy, { template: proxyTemplate({}, { several }), hosts, keepsOthers: true });

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const old = `${prefix}-one`;

describe("a switch, until the release is accepted", () => {
  it("leaves every client on the new version while that answers, and then retires the old one", async () => {
    await front.use();
    const stop = clients();
    await lead([`${prefix}-two`]);
    await pause(1500);
    const got = await stop();
    expect(got.filter(({ status }) => status !== 200)).toEqual([]);
    const apps = got.map(({ app }) => app);
    expect(apps.slice(apps.lastIndexOf("one") + 1).length).toBeGreaterThan(100);
    expect(apps.lastIndexOf("one")).toBeLessThan(apps.indexOf("two") + 5);
    await inSession(front.proxy, (session) => retire(processContext(dockerAt()), session, 5));
    await docker(["stop", "--time", "1", old]);
    const after = clients();
    await pause(500);
    expect((await after()).filter(({ app }) => app !== "two")).toEqual([]);
    await docker(["start", old]);
  });

  const ends = [
    { when: "at its first request", ways: ["0"], milliseconds: 2000, options: {} },
    { when: "after half a second", ways: ["500"], milliseconds: 3000, options: long },
    { when: "after three seconds", ways: ["3000"], milliseconds: 5500, options: long },
    {
      when: "a replica after the other",
      ways: ["0", "500", "1000"],
      milliseconds: 3500,
      options: long,
    },
  ];
  for (const { when, ways, milliseconds, options } of ends) {
    it(
      `loses nothing that can be repeated to a new version that ends ${when}`,
      options,
      async () => {
        await front.use();
        const names = await version(ways);
        try {
          // The same template: HAProxy is not reloaded.
          const stop = clients();
          await lead(names, false);
          await pause(milliseconds);
          const before = await inSession(front.proxy, lookAtAnswers);
          expect(await front.use()).toBe("servers");
          const got = await stop();
          const lost = got.filter(({ status, whole }) => status !== 200 || !whole);
          expect(lost.filter(({ method }) => method === "GET")).toEqual([]);
          // One for each process that ends in the middle of it.
          expect(lost.length).toBeLessThanOrEqual(ways.length);
          if (ways[0] !== "0") expect(got.map(({ app }) => app)).toContain("new-0");
          expect(got.at(-1)?.app).toBe("one");
          // What the old version had to answer is no success of the new one.
          const errors = before.total.reduce((sum, each) => sum + each.errors, 0);
          expect(errors).toBeGreaterThan(0);
        } finally {
          await docker(["rm", "--force", ...names]);
        }
      },
    );
  }

  it("answers each GET to a new version that answers none, and no POST that it had begun", async () => {
    await front.use();
    const names = await version(["silent"]);
    try {
      await lead(names);
      const stop = clients();
      await pause(1000);
      const got = await stop();
      const by = (method: string) => got.filter((each) => each.method === method);
      expect(new Set(by("GET").map(({ status, app }) => `${status} ${app}`))).toEqual(
        new Set(["200 one"]),
      );
      expect(new Set(by("POST").map(({ status }) => status))).toEqual(new Set([502]));
    } finally {
      await front.use();
      await docker(["rm", "--force", ...names]);
    }
  });

  it("can't give the rest of an answer that had begun, and loses that one alone", async () => {
    await front.use();
    const names = await version(["half"]);
    try {
      await lead(names);
      expect(await once("GET", "/echo", false)).toMatchObject({ status: 200, whole: false });
      await pause(200);
      expect(await once("GET", "/echo", false)).toMatchObject({ status: 200, app: "one" });
    } finally {
      await front.use();
      await docker(["rm", "--force", ...names]);
    }
  });
});
