// A shell step of the program, with a `docker` that only answers.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** What came of a step. */
export interface Stepped {
  readonly code: number;
  /** What it printed for a person. */
  readonly text: string;
  /** The words of each `docker` command. */
  readonly asked: readonly string[];
}

/** Runs a script with a `docker` that answers by its words: `answers` are branches of a shell's `case`. */
export async function step(
  script: string,
  answers: string,
  env: NodeJS.ProcessEnv,
): Promise<Stepped> {
  const folder = mkdtempSync(join(tmpdir(), "keelson-step-"));
  try {
    const fake = `#!/bin/sh\necho "$*" >>${folder}/asked\ncase "$*" in\n${answers}\nesac\n`;
    writeFileSync(join(folder, "docker"), fake, { mode: 0o755 });
    const PATH = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
    const [code, text] = await new Promise<[number, string]>((resolve) => {
      execFile("sh", ["-c", script], { env: { PATH, ...env } }, (error, _stdout, stderr) => {
        resolve([error === null ? 0 : Number(error.code), stderr]);
      });
    });
    return { code, text, asked: readFileSync(join(folder, "asked"), "utf8").trim().split("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
