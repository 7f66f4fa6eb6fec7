import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Configuration, Project } from "./config.js";
import { EngineError } from "./errors.js";

/** A run of a program: its command and environment. */
export interface ProgramRun {
  project: Project;
  projectDirectory: string;
  stack: string;
  configuration: Configuration;
  /** Address of the resource monitor and the engine service. */
  address: string;
  preview: boolean;
  parallel: number;
  environment: NodeJS.ProcessEnv;
  output: (line: string) => void;
}

/** A program that is running. */
export interface Program {
  /** Its exit code; 32 when it has already said what went wrong. */
  readonly ended: Promise<number>;
  stop(): void;
}

const stopGraceMilliseconds = 5000;

/** Starts the project's program under the SDK's own runner. */
export function startProgram(run: ProgramRun): Program {
  const child = spawn(
    process.execPath,
    [...run.project.nodeArguments, runnerOf(run.projectDirectory), ...runnerArguments(run)],
    {
      cwd: run.projectDirectory,
      env: programEnvironment(run),
      stdio: ["ignore", "pipe", "pipe"],
      // Its own group: Ctrl-C reaches the engine only, which lets the running step finish.
      detached: true,
    },
  );
  forwardLines(child.stdout, run.output);
  forwardLines(child.stderr, run.output);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", (error) => {
      reject(new EngineError("The program cannot be started.", { cause: error }));
    });
    child.once("close", (code) => {
      resolve(code ?? 1);
    });
  });
  const stop = (): void => {
    child.kill("SIGTERM");
    // A program that is busy, or that catches the signal, must not hold the engine.
    setTimeout(() => child.kill("SIGKILL"), stopGraceMilliseconds).unref();
  };
  return { ended, stop };
}

/** Calls `output` with each whole line of a stream. */
export function forwardLines(stream: NodeJS.ReadableStream, output: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(output);
  });
  stream.on("end", () => {
    if (rest !== "") output(rest);
  });
}

function runnerOf(projectDirectory: string): string {
  const require = createRequire(join(projectDirectory, "package.json"));
  try {
    return require.resolve("@pulumi/pulumi/cmd/run");
  } catch (error) {
    throw new EngineError(
      `@pulumi/pulumi is not installed for ${projectDirectory}; run "npm ci" there.`,
      { cause: error },
    );
  }
}

function runnerArguments(run: ProgramRun): string[] {
  return [
    "--monitor",
    run.address,
    "--engine",
    run.address,
    "--organization",
    "organization",
    "--project",
    run.project.name,
    "--stack",
    run.stack,
    "--root-directory",
    run.projectDirectory,
    "--pwd",
    run.projectDirectory,
    ...(run.preview ? ["--dry-run"] : []),
    "--parallel",
    String(run.parallel),
    run.project.main,
  ];
}

function programEnvironment(run: ProgramRun): NodeJS.ProcessEnv {
  const environment = { ...run.environment };
  // The program gets its secrets opened; the key to all others is none of its business.
  delete environment["PULUMI_CONFIG_PASSPHRASE"];
  return {
    ...environment,
    PULUMI_CONFIG: JSON.stringify(run.configuration.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configuration.secretKeys),
    PULUMI_NODEJS_PROJECT: run.project.name,
    PULUMI_NODEJS_STACK: run.stack,
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_DRY_RUN: String(run.preview),
    PULUMI_NODEJS_TYPESCRIPT: "false",
    // It shows no debug messages: a program that knows so need not send them (stack.ts).
    KEELSON_DEBUG_MESSAGES: "none",
  };
}
