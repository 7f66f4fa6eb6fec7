// `npm run bench:backup`: what backups, restores and archiving cost compared with the bare tools, and what a kill loses.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { engine } from "#test/support/stack";
import { Arena } from "./backup/arena.js";
import { archivingInTurn } from "./backup/archiving.js";
import { takeBackups } from "./backup/backups.js";
import { fill } from "./backup/fill.js";
import { kills } from "./backup/kills.js";
import { small, whole, type Plan } from "./backup/plan.js";
import { tables, verdict, type Result } from "./backup/report.js";
import { restoreInTurn } from "./backup/restores.js";
import { bounded, type Bench } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { loadBefore, machine } from "./machine.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

async function measured(bench: Bench, plan: Plan): Promise<Result> {
  const arena = await Arena.open(bench);
  const bytes = await fill(arena, plan);
  const backups = await takeBackups(arena, plan.rounds);
  const restores = await restoreInTurn(arena, plan);
  const killed = await kills(arena, plan);
  const archiving = await archivingInTurn(arena, plan);
  return { bytes, ...backups, restores, ...killed, archiving };
}

await bounded(async (bench) => {
  if (options.quick && options.write) {
    throw new Error(
      "--quick is to see whether it works, and nothing to publish; leave out one of --quick and --write",
    );
  }
  await ensureDocker({ projectDirectory: root, say: console.log });
  const began = [await machine(), loadBefore()].join("; ");
  const plan = options.quick ? small : whole;
  const result = await measured(bench, plan);
  const { backups, dumps, restores, archiving } = plan.rounds;
  const text = [
    `Measured on ${today()}, on ${began}; ${engine} engine; a database of ${Math.round(result.bytes / 1e6)} MB; medians of ${backups} rounds of physical backups, ${dumps} of dumps, ${restores} of restores and ${archiving} of pgbench, in turn.`,
    ...tables(result),
  ];
  if (options.quick) text.unshift("A small run, to see whether it works: its figures say little.");
  console.log(`\n${text.join("\n\n")}\n`);
  const { lost, lines } = verdict(result);
  if (options.write && lost === 0) {
    publish("bench:backup", text.join("\n\n"));
    console.log(`Written into ${document}.`);
  }
  for (const line of lines) console.log(line);
  if (lost > 0) process.exitCode = 1;
});
