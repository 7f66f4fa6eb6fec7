import { StepFailure } from "../step-failure.js";
import type { ProxySession } from "../proxy-session.js";

/** HAProxy's answers to a command that it took, and of an address that it has to resolve first: that is waited for. */
const harmless =
  /changed its FQDN|IP changed from|no need to change|nothing changed|current server address family/;
/** HAProxy reads a line of commands up to the size of a buffer. */
const commandsAtOnce = 20;

/** Has HAProxy run commands that answer nothing, some at a time: a line of them has an end. @throws StepFailure where it refuses one */
export async function runCommands(
  session: ProxySession,
  commands: readonly string[],
): Promise<void> {
  for (let index = 0; index < commands.length; index += commandsAtOnce) {
    const answer = await session.admin(commands.slice(index, index + commandsAtOnce));
    const refusals = answer
      .split("\n")
      .filter((line) => line.trim() !== "" && !harmless.test(line));
    if (refusals.length > 0) throw new StepFailure(`proxy: HAProxy says: ${refusals.join("; ")}`);
  }
}
