// `npm run bench:adopt`: for how long writes are paused when a stack takes over the database of a running Postgres.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { Moving } from "#test/support/moving";
import { engine } from "#test/support/stack";
import { adoptTable, type Measured } from "./adopt/report.js";
import { bounded } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { loadBefore, machine } from "./machine.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

await bounded(async (bench) => {
  if (options.quick && options.write) {
    throw new Error(
      "--quick is to see whether it works, and nothing to publish; leave out one of --quick and --write",
    );
  }
  await ensureDocker({ projectDirectory: root, say: console.log });
  const began = [await machine(), loadBefore()].join("; ");
  const moving = await Moving.open("test-adb");
  bench.atEnd("the stack and the old server", () => moving.remove());
  const bytes = await moving.fill(options.quick ? 20_000 : 3_000_000);
  await moving.writeThere();
  const moved = await moving.adopt();
  const back = await moving.back();
  const measured: Measured = { bytes, ...moved, back, problem: await moving.writeThereFails() };
  const text = [
    `Measured on ${today()}, on ${began}; ${engine} engine; both servers on this machine.`,
    adoptTable(measured),
  ];
  if (options.quick) text.unshift("A small run, to see whether it works: its figures say little.");
  console.log(`\n${text.join("\n\n")}\n`);
  if (options.write) {
    publish("bench:adopt", text.join("\n\n"));
    console.log(`Written into ${document}.`);
  }
});
