import { Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";

/** A load: requests that are begun on time, whatever became of those before. */
export interface LoadPlan {
  readonly url: URL;
  /** Paths with their queries, asked in turn. */
  readonly paths: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  /** False for a certificate that nobody has signed. */
  readonly verify: boolean;
  /** Time for a whole answer; default 20 s. */
  readonly patienceMs?: number;
}

/** A request and what became of it. */
export interface Sample {
  readonly path: string;
  /** Undefined where there was no whole answer. */
  readonly status: number | undefined;
  /** Reason for that. */
  readonly error?: string;
  /** Milliseconds from its planned moment to the end of its answer. */
  readonly milliseconds: number;
}

const defaultPatienceMs = 20_000;

/** Asks as planned, or until it is stopped; ends when every request has. */
export async function generate(plan: LoadPlan, signal?: AbortSignal): Promise<Sample[]> {
  const agent = agentOf(plan);
  const samples: Sample[] = [];
  const open = new Set<Promise<void>>();
  const first = performance.now();
  const all = Math.round(plan.rate * plan.seconds);
  const due = (index: number) => first + (index * 1000) / plan.rate;
  let begun = 0;
  const begin = () => {
    for (; begun < all && due(begun) <= performance.now(); begun += 1) {
      const path = plan.paths[begun % plan.paths.length] ?? "/";
      const asked = ask(plan, agent, path, due(begun)).then((sample) => {
        samples.push(sample);
        open.delete(asked);
      });
      open.add(asked);
    }
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      begin();
      if (begun < all && signal?.aborted !== true) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  await Promise.all(open);
  agent.destroy();
  return samples;
}

function agentOf({ url, verify }: LoadPlan): PlainAgent {
  const options = { keepAlive: true, maxSockets: 256, scheduling: "fifo" } as const;
  if (url.protocol === "http:") return new PlainAgent(options);
  return new SecureAgent({ ...options, rejectUnauthorized: verify });
}

/** Asks once. A connection that the server closes as a request is sent counts as no answer: nothing is asked twice. */
function ask(plan: LoadPlan, agent: PlainAgent, path: string, due: number): Promise<Sample> {
  const { url, patienceMs = defaultPatienceMs } = plan;
  const start = url.protocol === "http:" ? plainRequest : secureRequest;
  return new Promise((resolve) => {
    const end = (status: number | undefined, error?: string) => {
      clearTimeout(late);
      const milliseconds = performance.now() - due;
      resolve({ path, status, milliseconds, ...(error === undefined ? {} : { error }) });
    };
    const fail = (error: Error & { readonly code?: string }) => {
      end(undefined, error.code ?? error.message);
    };
    const sent = start(new URL(path, url), { agent }, (response) => {
      response.on("error", fail);
      response.on("end", () => {
        end(response.statusCode);
      });
      response.resume();
    });
    const late = setTimeout(() => {
      sent.destroy(new Error(`no whole answer within ${String(patienceMs / 1000)} s`));
    }, patienceMs);
    sent.on("error", fail);
    sent.end();
  });
}
