// `npm run bench:workload`: what releases cost the workers, jobs and calls of an app: lost, doubled, missed, failed.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { engine } from "#test/support/stack";
import { bounded } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { loadBefore, machine } from "./machine.js";
import { workloadReleases } from "./workload/keelson.js";
import { broken, workloadReport } from "./workload/report.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

await bounded(async (bench) => {
  await ensureDocker({ projectDirectory: root, say: console.log });
  const began = [await machine(), loadBefore()].join("; ");
  const figures = await workloadReleases(bench, options.quick ? 1 : undefined);
  const text = [
    `Measured on ${today()}, on ${began}; ${engine} engine.`,
    workloadReport(figures),
  ].join("\n\n");
  console.log(`\n${text}\n`);
  if (options.write) {
    publish("bench:workload", text);
    console.log(`Written into ${document}.`);
  }
  const problems = broken(figures);
  console.log(problems.length === 0 ? "every promise was kept" : problems.join("\n"));
  if (problems.length > 0) process.exitCode = 1;
});
