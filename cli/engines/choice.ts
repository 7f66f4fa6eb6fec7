import { Failure } from "../io/failure.js";
import type { Target } from "../project/target.js";

/** The engine that the person requests. */
export type EngineWish = "auto" | "cli" | "embedded";

/** The engine that runs, and the reason in brief. */
export type EngineChoice =
  | { readonly kind: "cli"; readonly binary: string; readonly why: string }
  | { readonly kind: "embedded"; readonly why: string };

/** Probes for Pulumi's CLI; each runs only when its turn comes. */
export interface EngineProbes {
  /** `pulumi` on the PATH. */
  readonly onPath: () => string | undefined;
  /** A CLI that Pulumi's installer or its npm package left in the user's home. */
  readonly cached: () => string | undefined;
  /** Providers that this CLI would have to download. */
  readonly missingPlugins: (binary: string) => readonly string[];
  /** Returns true where Pulumi's download site answers. */
  readonly siteAnswers: () => Promise<boolean>;
  /** Downloads the CLI; its path. */
  readonly download: () => Promise<string>;
}

/** Reads `--engine`, then `KEELSON_ENGINE`. @throws Failure for an unknown word */
export function requestedEngine(option: string | undefined, environment = process.env): EngineWish {
  const requested = option ?? environment["KEELSON_ENGINE"] ?? "auto";
  if (requested === "auto" || requested === "cli" || requested === "embedded") return requested;
  throw new Failure(`There is no engine "${requested}"; use auto, cli or embedded.`);
}

/** Pulumi's CLI wherever it is or can be had, else the embedded engine. */
export async function chooseEngine(
  requested: EngineWish,
  probes: EngineProbes,
): Promise<EngineChoice> {
  if (requested === "embedded") return { kind: "embedded", why: "asked for" };
  const answers = once(probes.siteAnswers);
  const present = located(probes);
  if (present !== undefined) {
    const missing = probes.missingPlugins(present.binary);
    if (requested === "cli" || missing.length === 0 || (await answers())) {
      return { kind: "cli", ...present };
    }
    const why = `${present.binary} lacks the providers ${missing.join(", ")}`;
    return { kind: "embedded", why: `${why}, and get.pulumi.com does not answer` };
  }
  if (await answers()) {
    return { kind: "cli", binary: await probes.download(), why: "downloaded" };
  }
  const none = "no Pulumi CLI on the PATH or in ~/.pulumi, and get.pulumi.com does not answer";
  if (requested === "auto") return { kind: "embedded", why: none };
  throw new Failure(
    `There is ${none}; install the CLI (https://www.pulumi.com/docs/install/) or use --engine embedded.`,
  );
}

/** The one line that says which engine runs and why. */
export function engineLine(choice: EngineChoice): string {
  return choice.kind === "cli"
    ? `Engine: Pulumi CLI, ${choice.binary} (${choice.why}).`
    : `Engine: embedded, not Pulumi's (${choice.why}).`;
}

/**
 * The line that says where the state is when the environment names a backend that is not used: the checkout's own stacks
 * and the embedded engine keep theirs in the checkout. Undefined where nothing differs.
 */
export function stateLine(
  { stack, ownState, home }: Target,
  choice: EngineChoice,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const backend = environment["PULUMI_BACKEND_URL"] ?? "";
  if (backend === "" || backend.replace(/\/$/, "") === `file://${home.state}`) return undefined;
  if (!ownState && choice.kind === "cli") return undefined;
  const why = ownState
    ? "a stack of this name is the checkout's own"
    : "the embedded engine works without backends";
  return `PULUMI_BACKEND_URL is not used: ${why}, and the state of ${stack} is in ${home.state}.`;
}

function located(probes: EngineProbes): { binary: string; why: string } | undefined {
  const onPath = probes.onPath();
  if (onPath !== undefined) return { binary: onPath, why: "on the PATH" };
  const cached = probes.cached();
  return cached === undefined ? undefined : { binary: cached, why: "already downloaded" };
}

/** The answer of a run is kept: a closed network is waited for once. */
function once(asking: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  return () => (answer ??= asking());
}
