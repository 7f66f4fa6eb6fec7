import { parseArgs } from "node:util";

/** Options of a run of the tests. */
export interface TestPlan {
  /** All tests, and not only those that show each promise once. */
  readonly all: boolean;
  /** Part of the end-to-end tests to run, such as `1/4`. */
  readonly shard: string | undefined;
  /** Record times and, for the long suite, the result in the checkout. */
  readonly write: boolean;
}

/** Reads the arguments of `npm test`. @throws Error that says what is wrong with them */
export function testPlan(args: readonly string[]): TestPlan {
  const { all, shard, write } = parsed(args);
  if (shard === undefined) return { all, shard, write };
  if (!all) throw new Error("--shard is for npm run test:all; npm test runs as a whole.");
  const [, index = "", count = ""] = /^(\d+)\/(\d+)$/.exec(shard) ?? [];
  if (Number(index) < 1 || Number(index) > Number(count)) {
    throw new Error(`--shard: "${shard}" is not one; write it as 1/4, up to 4/4.`);
  }
  return { all, shard, write };
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        all: { type: "boolean", default: false },
        shard: { type: "string" },
        write: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; there are --all, --shard 1/4 and --write.`, { cause: error });
  }
}
