import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { parse, stringify } from "yaml";
import { stackFileSettings } from "#config";
import { deepMerge, type Mapping } from "#lib/merge";
import { root, run } from "#test/support/docker";
import { command, type Bench } from "../bounded.js";
import { usualLoad } from "../load/plan.js";
import { underLoad, type Act, type Outcome } from "./under-load.js";

/** One good and one bad release of the stack that `npm start` brought up; it is put back to its own settings. */
export async function localReleases(bench: Bench): Promise<Outcome> {
  const { proxy } = stackFileSettings(root, "local");
  const [tcp] = proxy.tcp;
  if (tcp === undefined)
    throw new Error("the stack local has no TCP port for the load; see proxy.tcp");
  await requireAnswer(proxy.httpPort);
  const folder = mkdtempSync(join(tmpdir(), "keelson-bench-"));
  bench.atEnd(folder, () => {
    rmSync(folder, { recursive: true });
  });
  bench.atEnd("what was released to the stack local", () => run(process.execPath, args(ownFile)));
  const release = (name: string, isGood: boolean, version: string, env: Mapping): Act => ({
    name,
    version,
    good: isGood,
    run: () => {
      const file = join(folder, `${version}.yaml`);
      writeFileSync(file, stringify(withApp({ version, env })));
      return command(bench, [process.execPath, ...args(file)], { env: environment() });
    },
  });
  const acts = [
    release("good release", true, "bench-good", { FAULT: "none" }),
    release("bad release", false, "bench-bad", { FAULT: "errors" }),
  ];
  const plan = { ...usualLoad, http: proxy.httpPort, tcp: tcp.port };
  return underLoad(bench, plan, acts, { gap: 1, leastRequests: 0 });
}

/** Shorter waits than a stack's own: they lengthen a release and say nothing of it. */
const waits: Mapping = { drain: "3s", watch: { window: "1s" } };

const ownFile = join(root, "Pulumi.local.yaml");

function args(file: string): string[] {
  return [join(root, "bin/keelson.mjs"), "up", "--stack", "local", "--config-file", file];
}

function environment(): NodeJS.ProcessEnv {
  const bin = join(root, "node_modules", ".bin");
  return { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
}

/** The stack's own settings with others for the app, and with short waits. */
function withApp(app: Mapping): Mapping {
  const own = parse(readFileSync(ownFile, "utf8")) as Mapping;
  return deepMerge(own, { config: { "keelson:app": app, "keelson:release": waits } });
}

async function requireAnswer(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
  if (answer?.status !== 200) {
    throw new Error(`the stack local does not answer on port ${port}; run npm start first`);
  }
}
