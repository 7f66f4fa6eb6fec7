// The process that makes a load: begun by `startLoad`, ended by a word, by its plan or with its parent.
import { Agent } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "#cli/io/failure";
import { rawTcp, webSocket } from "#test/support/traffic";
import { ask, type Answer } from "./conversations.js";
import type { Effort, LoadPlan } from "./plan.js";
import { Recorder, type Columns, type Kind, type Outcome } from "./samples.js";

/** An order of the parent. */
export type Order = { readonly begin: LoadPlan } | "stop";

/** A report to the parent. */
export type Report =
  | { readonly count: number }
  | {
      readonly columns: Columns;
      readonly failures: Readonly<Record<string, number>>;
      readonly effort: Effort;
    };

const now = () => performance.timeOrigin + performance.now();
const say = (report: Report) =>
  new Promise<void>((resolve, reject) => {
    process.send?.(report, undefined, {}, (error: Error | null) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

class Generator {
  readonly #plan: LoadPlan;
  readonly #recorder = new Recorder();
  readonly #stopping = new AbortController();
  readonly #open = new Set<Promise<Outcome>>();
  /** In turn, so that each connection is idle for a while and none for long. */
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 64, scheduling: "fifo" });
  readonly #own: Agent[] = [];
  #begun = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    const { rates, clients, most, http: port } = this.#plan;
    const late = monitorEventLoopDelay({ resolution: 5 });
    late.enable();
    const cpu = process.cpuUsage();
    const began = performance.now();
    const clock = setInterval(() => {
      if (performance.now() - began > most.seconds * 1000) this.stop();
      void say({ count: this.#begun });
    }, 500);
    const paths = ["/api/notes", "/version", "/api/notes", "/ready"];
    await Promise.all([
      this.#atRate(rates.keepAlive, "keep-alive", (turn) =>
        ask({ port, agent: this.#kept, path: paths[turn % paths.length] ?? "/" }),
      ),
      this.#atRate(rates.fresh, "fresh", () => ask({ port, agent: false, path: "/version" })),
      ...this.#clients(clients.slow, "slow", (agent) =>
        ask({ port, agent, path: "/slow?ms=2000" }),
      ),
      ...this.#clients(clients.upload, "upload", (agent) =>
        ask({ port, agent, path: "/upload", upload: { parts: 8, bytes: 32_768, everyMs: 100 } }),
      ),
      ...this.#clients(clients.websocket, "websocket", () => toItsEnd(webSocket(port, 10))),
      ...this.#clients(clients.tcp, "tcp", () => toItsEnd(rawTcp(this.#plan.tcp, 10))),
    ]);
    await Promise.all(this.#open);
    clearInterval(clock);
    for (const agent of [this.#kept, ...this.#own]) agent.destroy();
    const used = process.cpuUsage(cpu);
    const share = (used.user + used.system) / 1000 / (performance.now() - began);
    const { failures } = this.#recorder;
    const effort = { cpu: share, lateMs: late.percentile(99) / 1e6 };
    await say({ columns: this.#recorder.columns(), failures, effort });
  }

  /** Begins requests at their planned moments, however long those before take. */
  #atRate(rate: number, kind: Kind, act: (turn: number) => Promise<Answer>): Promise<void> {
    const first = now();
    let begun = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = ((now() - first) * rate) / 1000;
        for (; begun < due && this.#mayBegin(); begun += 1) {
          const turn = begun;
          void this.#note(kind, first + (begun * 1000) / rate, () => act(turn));
        }
        if (this.#mayBegin()) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
  }

  /** Clients that each begin again when they have done, on a connection of their own. */
  #clients(
    count: number,
    kind: Kind,
    act: (agent: Agent) => Promise<Answer | undefined>,
  ): Promise<void>[] {
    return Array.from({ length: count }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      this.#own.push(agent);
      while (this.#mayBegin()) {
        const outcome = await this.#note(kind, now(), () => act(agent));
        // A client that is refused at once would ask thousands of times, and count as thousands.
        if (outcome !== "ok") await pause(500);
      }
    });
  }

  #mayBegin(): boolean {
    return !this.#stopping.signal.aborted && this.#begun < this.#plan.most.requests;
  }

  #note(kind: Kind, began: number, act: () => Promise<Answer | undefined>): Promise<Outcome> {
    this.#begun += 1;
    const note = (outcome: Outcome, version: string | undefined, failure?: string) => {
      this.#recorder.add({ kind, began, ms: now() - began, outcome, version }, failure);
      return outcome;
    };
    const noted = act().then(
      (answer) => note(answer?.onPurpose === true ? "onPurpose" : "ok", answer?.version),
      (error: unknown) => note("failed", undefined, `${kind}: ${messageOf(error)}`),
    );
    this.#open.add(noted);
    return noted.finally(() => this.#open.delete(noted));
  }
}

/** A conversation that does not say which version it was with. */
async function toItsEnd(conversation: Promise<void>): Promise<undefined> {
  await conversation;
  return undefined;
}

let generator: Generator | undefined;

process.on("message", (order: Order) => {
  if (order === "stop") {
    generator?.stop();
    return;
  }
  generator = new Generator(order.begin);
  void generator.run().then(() => {
    process.disconnect();
  });
});
// A parent that is gone wants no load.
process.on("disconnect", () => process.exit());
