// Looks for secrets where none may be: in texts, in volumes, in the arguments of processes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hardened, run, docker } from "./docker.js";

/** Names of the secrets that a text holds, in clear or in base64. */
export function found(secrets: ReadonlyMap<string, string>, text: string): string[] {
  return [...secrets]
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name);
}

/** The text itself, and what every base64 text that holds it holds: three alignments cover it. */
function formsOf(value: string): string[] {
  const encoded = [0, 1, 2].map((shift) => {
    const text = Buffer.from(" ".repeat(shift) + value).toString("base64");
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  return [value, ...encoded];
}

/** The text of every file under a folder but the passphrase. */
export function filesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name !== "passphrase")
    .map((each) => readFileSync(join(each.parentPath, each.name), "utf8"))
    .join("\n");
}

/** Files of a volume that hold one of the secrets, in clear or in base64. */
export async function filesWith(
  secrets: ReadonlyMap<string, string>,
  volume: string,
  image: string,
): Promise<string[]> {
  const patterns = [...secrets.values()].flatMap(formsOf).join("\n");
  const shell =
    "grep -raFl -f /dev/stdin /volume; code=$?; [ $code -le 1 ] || exit $code; echo looked";
  const { stdout } = await run(
    "docker",
    [
      "run",
      "--rm",
      "--interactive",
      "--network",
      "none",
      "--user",
      "0:0",
      ...hardened,
      // To read what is another user's.
      "--cap-add",
      "DAC_READ_SEARCH",
      "--volume",
      `${volume}:/volume:ro`,
      "--entrypoint",
      "sh",
      image,
      "-c",
      shell,
    ],
    { input: `${patterns}\n` },
  );
  const lines = stdout.trim().split("\n");
  if (lines.pop() !== "looked") throw new Error(`${volume} was not searched: ${stdout}`);
  return lines.map((line) => line.replace("/volume/", ""));
}

/** What Docker says of these containers, of their images and of how those were built. */
export async function inspected(containers: readonly string[]): Promise<string> {
  const images = await docker(["inspect", "--format", "{{.Image}}", ...containers]);
  const each = [...new Set(images.split("\n"))];
  const histories = each.map((image) => docker(["history", "--no-trunc", image]));
  return [
    await docker(["inspect", ...containers]),
    await docker(["image", "inspect", ...each]),
    ...(await Promise.all(histories)),
  ].join("\n");
}

/** Does something, and hands back the arguments of every process that was there meanwhile. */
export async function watchingArguments<T>(
  act: () => Promise<T>,
): Promise<{ readonly value: T; readonly seen: string }> {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 25);
  try {
    const value = await act();
    look();
    return { value, seen: [...seen].join("\n") };
  } finally {
    clearInterval(timer);
  }
}
