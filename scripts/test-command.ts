import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Options of a command. */
export interface Running {
  /** Variables besides those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** A file that gets what it prints, instead of the terminal. */
  readonly output?: string;
}

/** A folder for the reports of a run, and for the temporary folders of all its tests, also of those that have failed. */
export class Reports {
  readonly folder = mkdtempSync(join(tmpdir(), "keelson-test-"));
  readonly #temporary = join(this.folder, "tmp");
  readonly #root: string;

  /** @param root of the checkout */
  constructor(root: string) {
    this.#root = root;
    mkdirSync(this.#temporary);
    // As /tmp itself: other users' processes may pass.
    chmodSync(this.folder, 0o755);
  }

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Removes it. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command of the packages to its end. @returns its exit code */
  async command(args: readonly string[], { env = {}, output }: Running = {}): Promise<number> {
    const [name = "", ...rest] = args;
    const bin = join(this.#root, "node_modules", ".bin", name);
    const to = output === undefined ? "inherit" : openSync(output, "w");
    const child = spawn(bin, rest, {
      cwd: this.#root,
      stdio: ["ignore", to, to],
      env: { ...process.env, TMPDIR: this.#temporary, ...env },
    });
    // The child has its own.
    if (typeof to === "number") closeSync(to);
    const [code] = (await once(child, "close")) as [number | null];
    return code ?? 1;
  }
}

/** The text of a file; undefined where it is not there. */
export function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // vitest ended before it could report; countsOf makes a failure of that.
    return undefined;
  }
}
