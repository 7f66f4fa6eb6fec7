// `npm run bench:proxy`: what the proxy's rules cost, compared with a bare HAProxy, nginx and Caddy.
import { parseArgs } from "node:util";
import { ensureDocker } from "#cli/host/docker-engine";
import { root } from "#test/support/docker";
import { bounded } from "./bounded.js";
import { document, publish, today } from "./document.js";
import { loadBefore, machine } from "./machine.js";
import { arena, type Measured } from "./proxy/arena.js";
import { questions } from "./proxy/contenders.js";
import { proxyTable } from "./proxy/report.js";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    write: { type: "boolean", default: false },
  },
});

await bounded(async (bench) => {
  await ensureDocker({ projectDirectory: root, say: console.log });
  const { contenders, pinning, round } = await arena(bench);
  const began = [await machine(), loadBefore()].join("; ");
  const [rounds, seconds] = [Number(options.rounds), Number(options.seconds)];
  const text = [
    `Measured on ${today()}, on ${began}; ${pinning}; medians of ${rounds} rounds of ${seconds} s with 64 connections, in turn.`,
  ];
  for (const question of questions) {
    const measured = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
    // In turn, so that what else the machine does falls on all of them.
    for (let turn = 1; turn <= rounds; turn += 1) {
      for (const contender of contenders) {
        const result = await round(contender, question, seconds);
        measured.get(contender.name)?.push(result);
        const rate = `${Math.round(result.rate)} requests a second`;
        console.log(`${question.title}, round ${turn}, ${contender.title}: ${rate}`);
      }
    }
    const results = contenders.map(({ name, title }) => ({
      name,
      title,
      rounds: measured.get(name) ?? [],
    }));
    text.push(`Answers of ${question.title}:`, proxyTable(results));
  }
  console.log(`\n${text.join("\n\n")}`);
  if (options.write) {
    publish("bench:proxy", text.join("\n\n"));
    console.log(`\nWritten into ${document}.`);
  }
});
