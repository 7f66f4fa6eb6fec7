import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { docker } from "#test/support/docker";

/** The machine that figures are of, without its name. */
export async function machine(): Promise<string> {
  const [model] = cpus();
  const processor = model === undefined || model.model === "" ? "" : ` (${model.model.trim()})`;
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  const engine = await docker(["version", "--format", "{{.Server.Version}}"]);
  return [
    `${cpus().length} cores${processor}`,
    memory,
    `Linux ${release().replace(/-.*/, "")}`,
    `Docker ${engine}`,
    `Node ${process.versions.node}`,
  ].join(", ");
}

/** Returns the other load of the machine: the load average of the minute before. */
export function loadBefore(): string {
  const [minute = "?"] = readFileSync("/proc/loadavg", "utf8").split(" ");
  return `load average before: ${minute}`;
}
