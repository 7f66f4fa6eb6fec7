// What people do today to release a container.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, tryDocker } from "#test/support/docker";
import { engine } from "#test/support/stack";
import { command, mustRun, type Bench, type Ran } from "../bounded.js";
import { benchImage } from "../image.js";

/** Parts of a container. */
export interface Target {
  readonly container: string;
  readonly image: string;
  readonly network: string;
  readonly databaseUrl: string;
}

/** A way of releasing. */
export interface Way {
  readonly title: string;
  /** Makes ready what `release` needs. */
  readonly prepare: (bench: Bench) => Promise<(target: Target, version: string) => Promise<Ran>>;
}

const plain = join(root, "bench/release/plain");

const variables = (target: Target, version: string) => ({
  CONTAINER: target.container,
  IMAGE: target.image,
  NETWORK: target.network,
  DATABASE_URL: target.databaseUrl,
  VERSION: version,
});

/** `pulumi up` of a `docker.Container` with a name, by Pulumi's CLI or by the embedded engine. */
export const pulumi: Way = {
  title: "`docker.Container` by Pulumi",
  prepare: async (bench) => {
    const state = mkdtempSync(join(tmpdir(), "keelson-bench-"));
    bench.atEnd(state, () => {
      rmSync(state, { recursive: true });
    });
    const env = {
      ...process.env,
      STATE: state,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "bench",
    };
    const stack = ["--stack", "test-bench", "--cwd", plain] as const;
    const settings = ["--config-file", join(state, "Pulumi.test-bench.yaml")] as const;
    if (engine === "cli") await mustRun(bench, ["pulumi", "stack", "init", ...stack], { env });
    const args: [string, ...string[]] =
      engine === "cli"
        ? ["pulumi", "up", "--yes", "--skip-preview", ...stack, ...settings]
        : [process.execPath, "--import", "tsx", join(plain, "up.ts")];
    return (target, version) =>
      command(bench, args, { cwd: root, env: { ...env, ...variables(target, version) } });
  },
};

/** `docker compose up -d`, from Debian's package in a container of its own. */
export const compose: Way = {
  title: "`docker compose up -d`",
  prepare: async (bench) => {
    const tools = "test-bench-compose";
    await remove(tools);
    bench.atEnd(tools, () => remove(tools));
    await mustRun(bench, [
      ...(["docker", "run", "--detach", "--init", "--name", tools] as const),
      "--volume",
      "/var/run/docker.sock:/var/run/docker.sock",
      "--volume",
      `${plain}:/plain:ro`,
      await benchImage(),
      "sleep",
      "infinity",
    ]);
    return (target, version) => {
      const pairs = Object.entries(variables(target, version));
      const env = pairs.flatMap(([name, value]) => ["--env", `${name}=${value}`]);
      const args = ["docker-compose", "--file", "/plain/compose.yaml", "up", "--detach"];
      return command(bench, ["docker", "exec", ...env, tools, ...args]);
    };
  },
};

async function remove(container: string): Promise<void> {
  await tryDocker(["rm", "--force", "--volumes", container]);
}
