// `npm run bench:footprint`: what Keelson's own containers use, part by part, without monitoring and with it.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { bounded } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { footprints } from "./footprint/measure.js";
import { footprintTable, verdict } from "./footprint/report.js";
import { loadBefore, machine } from "./machine.js";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    write: { type: "boolean", default: false },
  },
});

await bounded(async (bench) => {
  const seconds = Number(options.seconds);
  if (!Number.isInteger(seconds) || seconds < 5) {
    throw new Error(`--seconds: ${options.seconds} is not a length to measure; give 5 or more`);
  }
  await ensureDocker({ projectDirectory: root, say: console.log });
  const began = [await machine(), loadBefore()].join("; ");
  const results = await footprints(bench, seconds);
  const text = [
    `Measured on ${today()}, on ${began}; each figure over ${String(seconds)} s.`,
    footprintTable(results),
  ].join("\n\n");
  console.log(`\n${text}\n`);
  if (options.write) {
    publish("bench:footprint", text);
    console.log(`Written into ${document}.`);
  }
  const beyond = verdict(results);
  for (const line of beyond) console.log(line);
  if (beyond.length > 0) process.exitCode = 1;
});
