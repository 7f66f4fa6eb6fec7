import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { root } from "../../support/docker.js";
import { engine } from "../../support/stack.js";
import { stack } from "./shared.js";

const pulumi = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "pulumi"))
  .find((file) => existsSync(file));

/** A stack goes from one engine to the other. */
export function engines(): void {
  describe("the other engine", () => {
    const other = engine === "cli" ? "embedded" : "cli";
    const missing = other === "cli" && pulumi === undefined;

    it.skipIf(missing)(
      `${missing ? "(no pulumi on the PATH) " : ""}finds nothing to change`,
      async () => {
        const printed = await stack.must("preview", "--json", "--engine", other);
        const changes = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as object;
        expect(changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      },
    );

    it.skipIf(missing || other === "embedded")(
      `${missing ? "(no pulumi on the PATH) " : ""}takes the state by pulumi stack import`,
      () => {
        const home = mkdtempSync(join(tmpdir(), "keelson-handover-"));
        try {
          expect(handOver(home)).toMatch(/\d+ unchanged/);
        } finally {
          rmSync(home, { recursive: true });
        }
      },
    );
  });
}

/** Imports the state into a backend of its own and previews there. @throws Error when a change is shown */
function handOver(home: string): string {
  const project = join(home, "project");
  // A copy: `stack init` writes into the configuration next to the project that it finds.
  cpSync(join(stack.home, "config", stack.name), project, { recursive: true });
  const config = join(project, `Pulumi.${stack.name}.yaml`);
  const { checkpoint } = JSON.parse(readFileSync(stack.stateFile, "utf8")) as {
    checkpoint: { latest: object };
  };
  const state = JSON.stringify({ version: 3, deployment: checkpoint.latest });
  const on = ["--stack", stack.name];
  const quiet = ["--non-interactive", "--color", "never"];
  plainPulumi(home, ["-C", project, "stack", "init", stack.name, "--no-select", ...quiet]);
  plainPulumi(home, ["stack", "import", ...on, ...quiet], state);
  const preview = ["preview", ...on, "--config-file", config, "--expect-no-changes", ...quiet];
  return plainPulumi(home, preview);
}

/** Runs Pulumi as a person does who knows nothing of Keelson, its state in a folder. */
function plainPulumi(home: string, args: readonly string[], input = ""): string {
  const env = {
    ...stack.env,
    PATH: `${stack.env["PATH"] ?? ""}${delimiter}${dirname(pulumi ?? "")}`,
    PULUMI_BACKEND_URL: `file://${home}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(stack.home, "passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const printed = execFileSync(pulumi ?? "pulumi", args, {
    cwd: root,
    env,
    input,
    encoding: "utf8" as const,
  });
  stack.printed += printed;
  return printed;
}
