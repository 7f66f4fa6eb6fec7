// @module-tag long
// The engine is killed in the middle of its work; the next run goes on from there.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { statusOf } from "../support/app.js";
import { allHealthy, healthOf } from "../support/inspect.js";
import { kill, type Point } from "../support/kill.js";
import { generator, seed, soak } from "../support/random.js";
import { takePorts } from "../support/claims.js";
import { Stack } from "../support/stack.js";
import { expectWhole } from "../support/whole.js";

const { http, admin } = await takePorts("http", "admin");
const stack = new Stack("test-kill", {
  postgres: { adminPort: admin },
  proxy: { httpPort: http },
});
const random = generator(seed);

/** What a run was doing when it was killed. */
type Kind = "making" | "changing" | "removing";

interface Round {
  readonly kind: Kind;
  readonly at: Point;
}

/** Steps that each kind of run surely reaches, with some to spare. */
const steps: Record<Kind, number> = { making: 40, changing: 4, removing: 12 };

const kinds: readonly Kind[] = ["making", "changing", "removing"];

/** A boundary between steps first, then times within them: three, or ten for `npm run test:soak`. */
const rounds: readonly Round[] = Array.from({ length: soak ? 10 : 3 }, (_, index) => {
  const kind = kinds[index % kinds.length] ?? "making";
  const at = {
    steps: 1 + Math.floor(random() * steps[kind]),
    milliseconds: index === 0 ? 0 : Math.floor(random() * 500),
  };
  return { kind, at };
});

beforeAll(async () => {
  console.log(`KEELSON_SEED=${seed}`);
  await stack.sweep();
});
afterAll(() => stack.remove());

/** Brings the stack to where a run of the kind has something to do; returns the arguments of the run. */
async function prepare(kind: Kind, round: number): Promise<string[]> {
  const there = (await stack.present()).containers.length > 0;
  if (kind === "making") {
    if (there) await stack.must("destroy", "--yes", "--destroy-data", "--skip-final-backup");
    return ["up"];
  }
  if (!there) await stack.up();
  if (kind === "removing") return ["destroy", "--yes"];
  // The server and the app are each replaced.
  stack.configure({
    postgres: { parameters: { work_mem: `${4 + round}MB` } },
    app: { env: { ROUND: String(round) } },
  });
  return ["up"];
}

describe(`after a kill (seed ${seed})`, () => {
  for (const [index, { kind, at }] of rounds.entries()) {
    const point = `while ${kind}, ${at.milliseconds} ms after step ${at.steps}`;
    it(`${point}, the next up makes all whole`, async () => {
      const last = await kill(stack, await prepare(kind, index), at);
      console.log(`killed while ${kind}, after: ${last}`);
      await stack.up();
      expect(await healthOf(stack)).toEqual(allHealthy);
      expect(await statusOf(http, "/", "/ready")).toEqual({ "/": 200, "/ready": 200 });
      await expectWhole(stack);
      const { changes } = await stack.up();
      expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    });
  }
});
