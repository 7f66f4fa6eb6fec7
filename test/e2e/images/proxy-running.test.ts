// What changes at the proxy while it runs: which of the app's instances there are.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, docker, until } from "../../support/docker.js";
import { ask, startFront, type Answer, type Front } from "../../support/front.js";

const prefix = "test-replf";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
});
afterAll(() => cleanUp(prefix));

/** The app that answered, or the status. */
const by = ({ status, body }: Answer) =>
  status === 200 ? (JSON.parse(body) as { app: string }).app : status;
const posts = async () =>
  (JSON.parse((await ask(front.http, "/")).body) as { posts: number }).posts;
/** Names of the servers of the app that are up. */
async function up(): Promise<string> {
  const script = "echo 'show servers state app' | socat - /run/haproxy/admin.sock";
  const lines = (await docker(["exec", front.proxy, "sh", "-c", script])).split("\n");
  const servers = lines.map((line) => line.split(" ")).filter((words) => words.length > 18);
  return servers.flatMap(([, , , name, , state]) => (state === "2" ? [name] : [])).join(" ");
}
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

describe("instances", () => {
  it("come and go without a reload, and share what comes", async () => {
    await front.use();
    expect(await up()).toBe("app");
    expect(await front.use({}, "one", "two")).toBe("servers");
    expect(await up()).toBe("app-1 app-2");
    const answers = await Promise.all(times(8, () => ask(front.http, "/slow")));
    expect(answers.map(by).sort()).toEqual([
      ...[...times(4, () => "one"), ...times(4, () => "two")],
    ]);
    expect(await front.use({}, "two")).toBe("servers");
    expect([await up(), by(await ask(front.http, "/"))]).toEqual(["app", "two"]);
  });

  it("that die take along what may not be repeated, and that alone", async () => {
    await front.use({}, "one", "two");
    const inFlight = (method: string) =>
      times(4, () => ask(front.http, "/slow", { method }).catch(() => 502 as const));
    // Half of each are on either: one group after the other.
    const gets = inFlight("GET");
    await until("the first are under way", async () => (await streams()) >= 4);
    const sends = inFlight("POST");
    await until("all are under way", async () => (await streams()) >= 8);
    await docker(["kill", `${prefix}-two`]);
    await until("two is out", async () => (await up()) === "app-1", 10);
    const came = async (answers: Promise<Answer | 502>[]) =>
      (await Promise.all(answers)).map((each) => (each === 502 ? 502 : by(each))).sort();
    expect(await came(gets)).toEqual(times(4, () => "one"));
    const sent = await came(sends);
    expect(sent).toEqual([502, 502, "one", "one"]);
    // Those that failed were not asked of the other one.
    expect(await posts()).toBe(2);
    await docker(["start", `${prefix}-two`]);
    await until("two is back", async () => (await up()) === "app-1 app-2", 20);
  });
});

/** Requests that the proxy has under way at the app. */
async function streams(): Promise<number> {
  const script = "echo 'show stat' | socat - /run/haproxy/admin.sock";
  const lines = (await docker(["exec", front.proxy, "sh", "-c", script])).split("\n");
  const [backend] = lines.filter((line) => line.startsWith("app,BACKEND,"));
  return Number(backend?.split(",")[4]);
}
