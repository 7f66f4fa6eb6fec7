import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root } from "../support/docker.js";

const module = pathToFileURL(join(root, "bench/bounded.ts")).href;

/** Runs a benchmark with this body, and interrupts it when it says `ready`. */
async function interrupted(body: string): Promise<{ code: number | null; text: string }> {
  const code = `import { bounded, command } from "${module}"; await bounded(async (bench) => { ${body} });`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  const child = spawn(process.execPath, args, { cwd: root });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (part.includes("ready")) child.kill("SIGINT");
    });
  }
  const [exit] = (await once(child, "close")) as [number | null];
  return { code: exit, text };
}

const twoThings = `
  for (const what of ["first", "second"]) bench.atEnd(what, () => console.log("away: " + what));
`;

it("clears away after Ctrl-C, the last thing first, when the command at hand has ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-bounded-"));
  const file = join(folder, "state");
  const script = `trap 'sleep 0.3; echo mended >${file}; exit 0' INT; echo half >${file}; while :; do sleep 0.05; done`;
  const { code, text } = await interrupted(`${twoThings}
    const { existsSync, readFileSync } = await import("node:fs");
    const state = () => existsSync("${file}") ? readFileSync("${file}", "utf8").trim() : "";
    bench.atEnd("the command", () => console.log("away: the command, " + state()));
    const timer = setInterval(() => {
      if (state() !== "half") return;
      clearInterval(timer);
      console.log("ready");
    }, 20);
    await command(bench, ["sh", "-c", ${JSON.stringify(script)}]);
    console.log("went on");
  `);
  rmSync(folder, { recursive: true });
  expect([code, text.trim().split("\n")]).toEqual([
    130,
    [
      "ready",
      "",
      "SIGINT: cleaning up …",
      "away: the command, mended",
      "away: second",
      "away: first",
    ],
  ]);
});

it("clears away after a failure too, also when one thing can't be", async () => {
  const { code, text } = await interrupted(`${twoThings}
    bench.atEnd("third", () => { throw new Error("it is stuck"); });
    throw new Error("nothing was measured");
  `);
  expect([code, text.trim().split("\n")]).toEqual([
    1,
    [
      "nothing was measured",
      "third is not cleared away: it is stuck",
      "away: second",
      "away: first",
    ],
  ]);
});
