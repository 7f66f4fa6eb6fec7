// `npm run bench:release`: how many requests are lost while releases go through, and how long releases take.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { engine } from "#test/support/stack";
import { bounded, type Bench } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { machine, loadBefore } from "./machine.js";
import type { Figures } from "./release/figures.js";
import { keelsonReleases } from "./release/keelson.js";
import { localReleases } from "./release/local.js";
import { comparison, releases, verdict, type Column } from "./release/report.js";
import { todaysReleases } from "./release/today.js";
import type { Outcome } from "./release/under-load.js";
import { compose, pulumi } from "./release/ways.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

async function quick(bench: Bench): Promise<Figures> {
  const column = columnOf("Keelson", await localReleases(bench));
  const spans = column.figures.spans.map(({ span }) => span);
  const seconds =
    (Math.max(...spans.map((s) => s.ended)) - Math.min(...spans.map((s) => s.began))) / 1000;
  const after = `Both releases within ${seconds.toFixed(1)} s; the stack is put back to its own settings now.`;
  show(["", comparison([column]), "", releases(column.figures.spans), "", after]);
  return column.figures;
}

async function full(bench: Bench): Promise<Figures> {
  const began = [await machine(), loadBefore()].join("; ");
  const own = columnOf("Keelson", await keelsonReleases(bench));
  const others = [];
  for (const way of [pulumi, compose]) {
    others.push(columnOf(way.title, await todaysReleases(bench, way)));
  }
  const result = [
    `Measured on ${today()}, on ${began}; ${engine} engine.`,
    comparison([own, ...others]),
    "Each release of Keelson:",
    releases(own.figures.spans),
  ];
  show(["", result.join("\n\n"), ""]);
  if (options.write) publish("bench:release", result.join("\n\n"));
  return own.figures;
}

/** The rollback is no release: it has rows of its own. */
function columnOf(title: string, { figures, effort }: Outcome): Column {
  const rollback = figures.spans.find(({ span }) => span.name === "rollback");
  const spans = figures.spans.filter((each) => each !== rollback);
  return { title, effort, rollback, figures: { ...figures, spans } };
}

function show(lines: readonly string[]): void {
  console.log(lines.join("\n"));
}

await bounded(async (bench) => {
  await ensureDocker({ projectDirectory: root, say: console.log });
  const figures = options.quick ? await quick(bench) : await full(bench);
  if (options.write && !options.quick) console.log(`Written into ${document}.`);
  console.log(verdict(figures));
  if (figures.failed > 0) process.exitCode = 1;
});
