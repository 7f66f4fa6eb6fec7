import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { EngineError } from "../errors.js";
import { forwardLines } from "../langhost.js";
import type { Context, Provider, ResourceType } from "../provider.js";
import { equal, keysOf } from "../values.js";
import type { Properties, Value } from "../values.js";
import { text, textMap, texts } from "./shape.js";

const token = "command:local:Command";
const known = [
  "create",
  "update",
  "delete",
  "dir",
  "environment",
  "interpreter",
  "stdin",
  "triggers",
  "addPreviousOutputInEnv",
  "logging",
];
const refused = ["assetPaths", "archivePaths"];

/** The package `command`: local commands. */
export function commandProvider(environment: NodeJS.ProcessEnv, directory: string): Provider {
  const type = commandType(environment, directory);
  return { package: "command", settings: [], types: [token], open: () => new Map([[token, type]]) };
}

function commandType(environment: NodeJS.ProcessEnv, directory: string): ResourceType {
  const run = (
    command: Value | undefined,
    inputs: Properties,
    previous: Properties,
    context: Context,
  ): Promise<Properties> => execute({ command, inputs, previous, context, environment, directory });
  return {
    spreadsSecrets: true,
    check: checkInputs,
    diff: ({ inputs: old }, inputs) => {
      const changed = keysOf(old, inputs).filter((key) => differs(old[key], inputs[key]));
      const replace = changed.filter((key) => key === "triggers");
      return { changed, replace, deleteBeforeReplace: false };
    },
    create: async (inputs, context) => ({
      id: context.name + randomBytes(4).toString("hex"),
      outputs: { ...inputs, ...(await run(inputs["create"], inputs, {}, context)) },
    }),
    update: async (existing, inputs, context) => {
      const command = inputs["update"] ?? inputs["create"];
      const printed = await run(command, inputs, existing.outputs, context);
      return { ...inputs, ...printed };
    },
    delete: async ({ inputs, outputs }, context) => {
      await run(inputs["delete"], inputs, outputs, context);
    },
  };
}

// To this provider, other than to the bridged ones, an empty environment is not the same as none.
function differs(old: Value | undefined, wanted: Value | undefined): boolean {
  return (old === undefined) !== (wanted === undefined) || !equal(old, wanted);
}

function checkInputs(inputs: Properties, _old: Properties | undefined, name: string): Properties {
  const stray = Object.keys(inputs).find((key) => !known.includes(key));
  if (stray === undefined) return inputs;
  const verb = refused.includes(stray) ? "does not support" : "does not know";
  throw new EngineError(`command:local:Command ${name}: the embedded engine ${verb} "${stray}".`);
}

interface Execution {
  command: Value | undefined;
  inputs: Properties;
  previous: Properties;
  context: Context;
  environment: NodeJS.ProcessEnv;
  directory: string;
}

async function execute(execution: Execution): Promise<Properties> {
  const { command, inputs, previous, context } = execution;
  const kept = { stdout: previous["stdout"] ?? "", stderr: previous["stderr"] ?? "" };
  if (typeof command !== "string") return kept;
  const interpreter = texts(inputs["interpreter"]);
  const [program = "", ...rest] = interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"];
  const child = spawn(program, [...rest, command], {
    cwd: typeof inputs["dir"] === "string" ? inputs["dir"] : execution.directory,
    env: environmentFor(execution, kept),
    stdio: ["pipe", "pipe", "pipe"],
    // Its own group: Ctrl-C reaches the engine only, which lets the running command finish.
    detached: true,
  });
  const stop = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  };
  context.signal.addEventListener("abort", stop);
  // A command that does not read its input closes it early; its exit code is what counts.
  child.stdin.on("error", () => undefined);
  child.stdin.end(typeof inputs["stdin"] === "string" ? inputs["stdin"] : "");
  try {
    return await collect(child, command, inputs["logging"], context);
  } finally {
    context.signal.removeEventListener("abort", stop);
  }
}

function environmentFor(
  { inputs, environment }: Execution,
  previous: Record<string, Value>,
): NodeJS.ProcessEnv {
  const result = { ...environment, ...textMap(inputs["environment"]) };
  if (inputs["addPreviousOutputInEnv"] === false) return result;
  if (previous["stdout"] !== "") result["PULUMI_COMMAND_STDOUT"] = text(previous["stdout"]);
  if (previous["stderr"] !== "") result["PULUMI_COMMAND_STDERR"] = text(previous["stderr"]);
  return result;
}

async function collect(
  child: ReturnType<typeof spawn>,
  command: string,
  logging: Value | undefined,
  context: Context,
): Promise<Properties> {
  const texts = { stdout: "", stderr: "" };
  let both = "";
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream === null) continue;
    const shown = logging === undefined || logging === name || logging === "stdoutAndStderr";
    if (shown) forwardLines(stream, context.log);
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      texts[name] += chunk;
      both += chunk;
    });
  }
  const ending = await new Promise<string | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(
        code === 0 ? undefined : signal === null ? `exit status ${code ?? 1}` : `signal ${signal}`,
      );
    });
  });
  if (ending !== undefined)
    throw new EngineError(`${ending}: running ${JSON.stringify(shortened(command))}:\n${both}`);
  return { stdout: texts.stdout.replace(/\n$/, ""), stderr: texts.stderr.replace(/\n$/, "") };
}

/** A command as a message names it: where it is a whole script, its beginning. */
function shortened(command: string): string {
  const [line = ""] = command.split("\n");
  return line === command && line.length <= 300 ? command : `${line.slice(0, 100)} …`;
}
