import { Server } from "../../support/roles.js";
import { Stack } from "../../support/stack.js";
import { takePorts } from "../../support/claims.js";

/** Ports of the stack that most scenarios share. */
export const ports = await takePorts("http", "tcp", "admin");

/** Its database: a name that has to be quoted everywhere. */
export const database = "close-the-loop_e2e";

/** A secret that is injected: what must be quoted, escaped or masked is in it, and a word to find it by. */
export const canary = `canary-7d21f0 $HOME 'a' "b" \\ %41 ü\nsecond-7d21f0 {{.Id}}`;

/** The stack, not up yet. */
export const stack = new Stack("test-e2e", {
  app: { secrets: ["SESSION_SECRET", "CANARY", "KEY"], env: { FEATURE: "off" } },
  secrets: { CANARY: {}, KEY: { generate: { encoding: "base64", length: 32 } } },
  postgres: { adminPort: ports.admin },
  database: { name: database },
  proxy: { httpPort: ports.http, tcp: [{ port: ports.tcp, target: 1982 }] },
  // Six fields are seconds and five are not: the seventh is the year.
  backup: { schedule: "*/10 * * * * * *", keep: { daily: 1, weekly: 0, monthly: 0 } },
});
stack.environment = { CANARY: canary };

/** Its database server. */
export const server = new Server(stack, ports.admin, database);
