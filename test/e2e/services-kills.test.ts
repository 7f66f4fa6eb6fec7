// @module-tag long
// The engine is killed while a release starts and exchanges services: the next run goes on from there, nothing that is
// exclusive ever runs twice, and no task is lost or done twice.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { takePorts } from "../support/claims.js";
import { Command } from "../support/command.js";
import { docker } from "../support/docker.js";
import { stepProcess, untilWatched } from "../support/phases.js";
import { generator, seed } from "../support/random.js";
import { expectAllDone, runningServices, script, Work } from "../support/services/work.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const quick = { startPeriod: "2s", startTimeout: "20s" };

const stack = new Stack("test-services-kill", {
  app: {
    version: "0",
    health: { startPeriod: "1s" },
    migrate: { command: script("migrate") },
  },
  services: {
    mail: { command: script("queue-worker"), replicas: 2, health: quick, stopTimeout: "5s" },
    table: { command: script("table-worker"), health: quick, poolSize: 2 },
    beat: { command: script("scheduler"), exclusive: true, health: quick, poolSize: 1 },
  },
  redis: { queue: { for: "queue" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  backup: { enabled: false },
  release: { drain: "3s", watch: { window: "3s", minRequests: 10, maxErrorShare: 0.2 } },
});
const work = new Work(stack);
const random = generator(seed);

/** Waits until a release under way has come to some point. */
type Reach = (release: Command) => Promise<void>;

const running =
  (command: RegExp): Reach =>
  (release) =>
    release.runs(command);

/** The scheduler of before has ended, and no other runs yet. */
const noScheduler: Reach = (release) =>
  release.reaches("no scheduler", async () => {
    const filter = ["--filter", "label=dev.keelson.service=beat", ...stack.filter];
    return (await docker(["ps", "--quiet", ...filter])) === "";
  });

/** Where in a release the engine is killed, in the order in which a release comes there. */
const points: Readonly<Record<string, Reach>> = {
  "it starts workers": running(stepProcess("services-start")),
  "it exchanges the scheduler": running(stepProcess("services-exchange")),
  "no scheduler runs": noScheduler,
  "it is about to switch": running(stepProcess("switch")),
  "it watches": (release) => untilWatched(stack, release),
};

const rounds = Object.keys(points).map((point, index) => ({
  point,
  version: String(index + 1),
  milliseconds: Math.floor(random() * 300),
  alone: random() < 0.5,
  back: random() < 0.5,
}));

beforeAll(async () => {
  console.log(`KEELSON_SEED=${seed}`);
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

describe(`killed while services are released (seed ${seed})`, () => {
  let live = "0";
  for (const { point, version, milliseconds, alone, back } of rounds) {
    const then = back ? "rolled back" : "gone on with";
    const name = `${milliseconds} ms after ${point}, alone: ${alone}, and ${then}`;
    it(name, async () => {
      await work.begin(150);
      stack.configure({ app: { version } });
      const release = new Command(stack, ["up"]);
      await points[point]?.(release);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await (alone ? release.killAlone() : release.kill());
      console.log(`killed when ${point}, after: ${release.printed.at(-1) ?? ""}`);
      const wanted = back ? live : version;
      stack.configure({ app: { version: wanted } });
      await stack.up();
      live = wanted;
      const services = await runningServices(stack);
      expect(Object.entries(services).map(([each, ids]) => [each, ids.length])).toEqual([
        ["app", 1],
        ["beat", 1],
        ["mail", 2],
        ["table", 1],
      ]);
      await expectAllDone(work);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    });
  }
});
