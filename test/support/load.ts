import { Agent } from "node:http";
import { ask } from "./app.js";

/** What a load came to. */
export interface Load {
  readonly answered: number;
  /** A line for each request that was not answered with 200. */
  readonly failed: readonly string[];
}

/**
 * Asks the app without a pause until it is stopped: two clients on connections that they keep, one that opens
 * a new one each time, one whose requests take a while. Nothing is asked twice.
 */
export function underLoad(port: number): { stop: () => Promise<Load> } {
  const stopping = new AbortController();
  const failed: string[] = [];
  let answered = 0;
  const agents = [keepAlive(), keepAlive(), false, false] as const;
  const client = async (agent: Agent | false, path: string) => {
    while (!stopping.signal.aborted) {
      try {
        const { status, body } = await ask(port, path, { agent });
        answered += 1;
        if (status !== 200) failed.push(`${path} ${status} ${body}`);
      } catch (error) {
        failed.push(`${path} ${String(error)}`);
      }
    }
  };
  const paths = ["/api/notes", "/ready", "/version", "/slow?ms=1500"];
  const clients = agents.map((agent, index) => client(agent, paths[index] ?? "/"));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(clients);
      for (const agent of agents) if (agent !== false) agent.destroy();
      return { answered, failed };
    },
  };
}

function keepAlive(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
