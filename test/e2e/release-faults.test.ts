// @module-tag long
// What goes wrong in the middle of a release: each time something serves, and the next run makes all whole.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clients, liveVersion, secondsUntilServed } from "../support/clients.js";
import { Command } from "../support/command.js";
import { buildImage, docker, tryDocker } from "../support/docker.js";
import { loadForeign } from "../support/foreign-image.js";
import { containerOf } from "../support/inspect.js";
import { stepProcess, untilWatched } from "../support/phases.js";
import { engine, Stack } from "../support/stack.js";
import { expectWhole } from "../support/whole.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "https", "tcp", "admin");
const foreign = "keelson/test-fault:foreign";

const stack = new Stack("test-fault", {
  app: { version: "1", health: { interval: "1s", startPeriod: "1s" } },
  postgres: { adminPort: ports.admin },
  proxy: {
    httpPort: ports.http,
    httpsPort: ports.https,
    tls: { mode: "self-signed" },
    redirects: { https: false },
    tcp: [{ port: ports.tcp, target: 1982 }],
  },
  backup: { enabled: false },
  release: { drain: "3s", watch: { window: "4s", minRequests: 10, maxErrorShare: 0.2 } },
});

beforeAll(async () => {
  await stack.sweep();
  stack.configure({ app: { image: await buildImage("sample-app") } });
  await stack.up();
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["rmi", foreign]);
});

/** Names of the containers that serve. */
async function names() {
  const name = async (workload: "app" | "proxy") =>
    (await containerOf(stack, workload)).Name.slice(1);
  return { app: await name("app"), proxy: await name("proxy") };
}

/** Begins a release, and waits until it has come to a process like this. */
async function releasing(
  version: string,
  until: (command: Command) => Promise<void>,
  release: object = {},
): Promise<Command> {
  stack.configure({ app: { version }, release });
  const command = new Command(stack, ["up"]);
  await until(command);
  return command;
}

/** Asserts how a command ends, and what it says. */
async function expectEnd(release: Command, code: number, ...said: RegExp[]): Promise<void> {
  const ended = await release.ended;
  if (ended !== code) throw new Error(`it ended with ${ended}, not ${code}:\n${release.text}`);
  for (const each of said) expect(release.text).toMatch(each);
}

/** The next run brings what is wanted, leaves nothing over, and leaves nothing to do. */
async function expectConverged(version: string): Promise<void> {
  await stack.up();
  expect(await liveVersion(ports.http)).toBe(version);
  await expectWhole(stack);
  const { changes } = await stack.up();
  expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
}

const watching = (command: Command) => untilWatched(stack, command);
const switching = (command: Command) => command.runs(stepProcess("switch"));

describe("an image that can't run", () => {
  async function expectRefused(image: string, reason: RegExp): Promise<void> {
    const present = await stack.present();
    const stop = clients(ports);
    stack.configure({ app: { version: "2", image } });
    const { code, stdout, stderr } = await stack.keelson("up");
    stack.configure({ app: { version: "1", image: await buildImage("sample-app") } });
    const text = stdout + stderr;
    expect(await stop()).toEqual({ failed: [], versions: new Set(["1"]) });
    expect([code, text]).toEqual([1, expect.stringMatching(reason)]);
    expect(text).toMatch(new RegExp(`-app-image-fits[^]*image: ${image} is `));
    expect(await stack.present()).toEqual(present);
  }

  it("that is nowhere changes nothing", async () => {
    const reason = /is neither on the Docker host nor to be had/;
    await expectRefused("localhost:1/nowhere:1", reason);
  });

  it("that is for another architecture changes nothing", async () => {
    await loadForeign(await buildImage("sample-app"), foreign);
    await expectRefused(foreign, /is for (\w+) and the Docker host is (?!\1)\w+;/);
  });
});

describe("in the middle of a release", () => {
  it("the old container is killed: nobody notices", async () => {
    const [old, version] = [await names(), (await liveVersion(ports.http)) ?? ""];
    const stop = clients(ports);
    const release = await releasing("2", watching);
    await untilLeft(release, old.proxy, old.app);
    await docker(["kill", old.app]);
    await expectEnd(release, 0);
    expect(await stop()).toEqual({ failed: [], versions: new Set([version, "2"]) });
    await expectWhole(stack);
  });

  const ends = [
    { what: "dies", how: "kill" },
    { what: "hangs", how: "pause" },
  ];
  for (const { what, how } of ends) {
    it(`the new container ${what}: the old one serves again`, async () => {
      const [old, version] = [await names(), (await liveVersion(ports.http)) ?? ""];
      const release = await releasing("3", watching, { watch: { window: "30s" } });
      const [context = ""] = (await apps()).filter((each) => each !== old.app);
      await docker([how, context]);
      const seconds = await secondsUntilServed(ports.http, version);
      console.log(`served again ${seconds.toFixed(1)} s after docker ${how} of the new container`);
      await expectEnd(
        release,
        1,
        /switched back to /,
        /(?:watch|after the switch): (the proxy's check of \S+ failed|\S+ has ended|\S+ is paused\S+) after \d+ s/,
      );
      expect(await names()).toEqual(old);
    });
  }

  const crash = ["exec", "sh", "-c", "kill -KILL -1"];
  const losses = [
    { what: "crashes when it watches", point: watching, act: crash, version: "4" },
    {
      what: "is killed by hand when it switches",
      point: switching,
      act: ["kill"],
      version: "5",
    },
  ];
  for (const { what, point, act, version } of losses) {
    it(`the proxy ${what}: it is back, and the release goes on`, async () => {
      const { proxy } = await names();
      const release = await releasing(version, point, { watch: { window: "4s" } });
      const [how = "", ...rest] = act;
      await tryDocker([how, proxy, ...rest]);
      const seconds = await secondsUntilServed(ports.http);
      console.log(`the proxy was back after ${seconds.toFixed(1)} s`);
      // Pulumi's CLI shows the last line of a step only.
      const said = engine === "embedded" ? [/proxy: it ended in the middle of this/] : [];
      await expectEnd(release, 0, ...said);
      expect(seconds).toBeLessThan(5);
      expect(await liveVersion(ports.http)).toBe(version);
      await expectWhole(stack);
    });
  }

  it("Ctrl-C lets the step at hand end, and the next run goes on", async () => {
    const version = (await liveVersion(ports.http)) ?? "";
    const stop = clients(ports);
    const release = await releasing("6", watching);
    release.interrupt();
    await expectEnd(release, 1, /run was interrupted|\^C received/);
    await expectConverged("6");
    expect(await stop()).toEqual({ failed: [], versions: new Set([version, "6"]) });
  });
});

describe("the app's container", () => {
  it("is made again by the next up when somebody removed it", async () => {
    await docker(["rm", "--force", (await names()).app]);
    expect(await liveVersion(ports.http)).toBeUndefined();
    await expectConverged("6");
  });
});

/** Names of the app's containers. */
async function apps(): Promise<string[]> {
  const labels = [...stack.filter, "--filter", "label=dev.keelson.workload=app"];
  return (await docker(["ps", "--format", "{{.Names}}", ...labels])).split("\n");
}

/** Waits until no client has anything open to a container. */
async function untilLeft(release: Command, proxy: string, app: string): Promise<void> {
  const address = await docker([
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
    app,
  ]);
  const sessions = "echo 'show sess all' | socat - /run/haproxy/admin.sock";
  await release.reaches(`nothing is open to ${app}`, async () => {
    const open = await docker(["exec", proxy, "sh", "-c", sessions]);
    return address.split(" ").every((each) => !open.includes(` addr=${each}:`));
  });
}
