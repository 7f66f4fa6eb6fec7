// @module-tag long
// The engine is killed inside a release while clients converse: they don't notice, and the next run goes on from there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usedHosts } from "#release/haproxy/servers";
import { liveVersion } from "../support/clients.js";
import { Command } from "../support/command.js";
import { buildImage, docker, tryDocker } from "../support/docker.js";
import { containerOf, inside } from "../support/inspect.js";
import { stepProcess, untilDrained, untilWatched } from "../support/phases.js";
import { generator, seed } from "../support/random.js";
import { Stack } from "../support/stack.js";
import { traffic } from "../support/traffic.js";
import { expectWhole } from "../support/whole.js";
import { takePorts } from "../support/claims.js";

const ports = await takePorts("http", "tcp", "admin");

const stack = new Stack("test-fault-kill", {
  app: { version: "0", health: { startPeriod: "1s" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  backup: { enabled: false },
  release: { drain: "3s", watch: { window: "2s", minRequests: 10, maxErrorShare: 0.2 } },
});
const random = generator(seed);

/** Names of the containers before a release, and the version that is live. */
const before = { app: "", proxy: "", version: "" };

/** Waits until a release under way has come to some point. */
type Reach = (release: Command) => Promise<void>;

const running =
  (command: RegExp): Reach =>
  (release) =>
    release.runs(command);

/** Containers of the app, by name, those that don't run too. */
async function apps(): Promise<string[]> {
  const labels = [...stack.filter, "--filter", "label=dev.keelson.workload=app"];
  const names = await docker(["ps", "--all", "--format", "{{.Names}}", ...labels]);
  return names.split("\n");
}

/** Where in a release the engine is killed, in the order in which a release comes there. */
const points: Readonly<Record<string, Reach>> = {
  "it looks at the image": running(stepProcess("image")),
  "it migrates": running(/^docker start --attach /),
  "it makes the container": (release) =>
    release.reaches("a second container", async () => (await apps()).length === 2),
  "it waits for health": running(stepProcess("ready")),
  "it asks the new container": running(stepProcess("smoke")),
  "it is about to switch": running(stepProcess("switch")),
  "it has just switched": (release) =>
    release.reaches("a new configuration", async () => {
      const configuration = await docker(["exec", before.proxy, "cat", "/config/haproxy.cfg"]);
      return !usedHosts(configuration).includes(before.app);
    }),
  "it watches": (release) => untilWatched(stack, release),
  "it drains": (release) => untilDrained(stack, release),
  "it removes the old container": (release) =>
    release.reaches("the old container stopped", async () => {
      const state = await tryDocker(["inspect", "--format", "{{.State.Running}}", before.app]);
      return state.stdout.trim() !== "true";
    }),
};

const rounds = Object.keys(points).map((point, index) => ({
  point,
  version: String(index + 1),
  milliseconds: Math.floor(random() * 300),
  alone: random() < 0.5,
}));

const image = (version: string) => `keelson/test-fault:${version}`;

beforeAll(async () => {
  console.log(`KEELSON_SEED=${seed}`);
  await stack.sweep();
  const built = await buildImage("sample-app");
  // Each release has an image of its own, not only a name for one, or there would be nothing to look at and to migrate.
  for (const version of ["0", ...rounds.map((each) => each.version)]) {
    const recipe = `FROM ${built}\nLABEL version=${version}\n`;
    await docker(["build", "--quiet", "--tag", image(version), "-"], recipe);
  }
  stack.configure({ app: { image: image("0") } });
  await stack.up();
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["rmi", image("0"), ...rounds.map((each) => image(each.version))]);
});

describe(`killed inside a release (seed ${seed})`, () => {
  for (const { point, version, milliseconds, alone } of rounds) {
    const name = `${milliseconds} ms after ${point}, alone: ${alone}`;
    it(name, async () => {
      before.app = (await containerOf(stack, "app")).Name.slice(1);
      before.proxy = (await containerOf(stack, "proxy")).Name.slice(1);
      before.version = (await liveVersion(ports.http)) ?? "";
      const clients = traffic(ports);
      stack.configure({ app: { version, image: image(version) } });
      const release = new Command(stack, ["up"]);
      await points[point]?.(release);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await (alone ? release.killAlone() : release.kill());
      const last = release.printed.at(-1) ?? "";
      console.log(`killed when ${point}, after: ${last}`);
      await stack.up();
      const { failed, versions } = await clients.stop();
      expect(failed).toEqual([]);
      expect([before.version, version]).toEqual(expect.arrayContaining([...versions]));
      expect(await liveVersion(ports.http)).toBe(version);
      await expectWhole(stack);
      // What a switch leaves on its volume would be where a later release rolls back to.
      expect(await inside(stack, "proxy", "ls", "/config")).not.toMatch(/previous|\.part/);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    });
  }
});
