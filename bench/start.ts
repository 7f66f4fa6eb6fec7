// `npm run bench:start`: what the start of a command costs, in processor time, wall time and memory.
import { parseArgs } from "node:util";
import { bounded } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { loadBefore, machine } from "./machine.js";
import { measured } from "./start/measure.js";
import { commandsOn } from "./start/plan.js";
import { startTable, verdict } from "./start/report.js";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    stack: { type: "string", default: "local" },
    "config-file": { type: "string" },
    write: { type: "boolean", default: false },
  },
});

await bounded(async (bench) => {
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds: ${options.rounds} is not a number of rounds; give 1 or more`);
  }
  const began = [await machine(), loadBefore()].join("; ");
  const commands = commandsOn(options.stack, options["config-file"]);
  const results = await measured(bench, commands, rounds);
  const text = [
    `Measured on ${today()}, on ${began}; medians of ${String(rounds)} rounds, in turn, after one that is not counted.`,
    startTable(results),
  ];
  console.log(`\n${text.join("\n\n")}\n`);
  if (options.write) {
    publish("bench:start", text.join("\n\n"));
    console.log(`Written into ${document}.`);
  }
  const beyond = verdict(results);
  for (const line of beyond) console.log(line);
  if (beyond.length > 0) process.exitCode = 1;
});
