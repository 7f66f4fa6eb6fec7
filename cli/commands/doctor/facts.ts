import type { CertificateOutlook } from "#lib/certificate";
import type { Machine } from "../../host/docker-plan.js";
import type { EngineChoice } from "../../engines/choice.js";
import type { PublishedPort } from "#lib/section-facts";
import type { Holder } from "../../host/preflight.js";
import type { LookedAtHost } from "./host.js";
import type { DomainFacts } from "./domains.js";
import type { RunningProblem } from "../../stack/running/judge.js";

/** Facts about the engine, from `docker info`. */
export interface DaemonFacts {
  readonly version: string;
  readonly architecture: string;
  readonly memory: number;
  readonly cgroupVersion: string;
  readonly memoryLimit: boolean;
  readonly pidsLimit: boolean;
  readonly cpuLimit: boolean;
}

/** Facts about a machine, found by `keelson doctor` and judged elsewhere. */
export interface Facts {
  readonly system: string;
  readonly node: string;
  /** Architecture as Docker names it: x86_64, aarch64. */
  readonly architecture: string;
  readonly machine: Machine;
  readonly daemon?: DaemonFacts;
  readonly disk?: { readonly root: string; readonly free?: number };
  readonly memoryFree: number;
  readonly ports: readonly { readonly wanted: PublishedPort; readonly holder?: Holder }[];
  readonly base: { readonly reference: string; readonly from: "local" | "registry" | "nowhere" };
  readonly mmdebstrap: boolean;
  readonly go: boolean;
  /** The supercronic binary's home answers. */
  readonly github: boolean;
  readonly engine?: EngineChoice;
  /** The containers that run, with their problems; undefined where nothing runs, or it can't be checked. */
  readonly running?: { readonly count: number; readonly problems: readonly RunningProblem[] };
  /** Of the proxy's certificate, where it is given to this command as a secret. */
  readonly certificate?: CertificateOutlook;
  /** The proxy's domains in the DNS; undefined where the settings are wrong. */
  readonly domains?: DomainFacts;
  /** The engine's host; undefined where no engine answers. */
  readonly host?: LookedAtHost;
  /** Problems of the settings; the ports are not known then. */
  readonly settings: readonly string[];
}

/** One line of the doctor's screen. */
export interface Finding {
  readonly level: "ok" | "warn" | "fail" | "unknown";
  readonly name: string;
  /** The finding and, unless it is fine, the way out. */
  readonly text: string;
}
