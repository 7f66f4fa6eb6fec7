import { statRows } from "../history/counters.js";
import type { ProxySession } from "../proxy-session.js";

/** State of a server in HAProxy. */
export interface ServerState {
  readonly section: string;
  readonly server: string;
  readonly host: string;
  /** Empty while its name stands for nothing. */
  readonly address: string;
  /** Its checks say that it works. */
  readonly up: boolean;
  /** It is taken out of service by a command or by the configuration. */
  readonly inMaintenance: boolean;
  /** It gets no new requests. */
  readonly draining: boolean;
}

const operational = { up: "2" } as const;
/**
 * Bits of the administrative state: maintenance by a command or the configuration, or of a server that it follows;
 * drain. One that has lost its address for a while (0x20) is in neither: it comes back by itself.
 */
const maintenanceBits = 0x01 | 0x02;
const drainBits = 0x08 | 0x10;

/** The servers of the HAProxy that runs. */
export async function lookAtServers(session: ProxySession): Promise<ServerState[]> {
  return serverStates(await session.admin(["show servers state"]));
}

/** The servers, as `show servers state` prints them: its first version. */
export function serverStates(text: string): ServerState[] {
  return serverRows(text).map((fields) => {
    const at = (index: number) => fields[index] ?? "";
    const administrative = Number(at(6));
    return {
      section: at(1),
      server: at(3),
      host: at(17),
      address: at(4) === "-" ? "" : at(4),
      up: at(5) === operational.up,
      inMaintenance: (administrative & maintenanceBits) !== 0,
      draining: (administrative & drainBits) !== 0,
    };
  });
}

/** Of each server, in the order of `serverStates`, since how many seconds its state is the same. */
export function secondsSinceChange(text: string): number[] {
  return serverRows(text).map((fields) => Number(fields[9]));
}

function serverRows(text: string): string[][] {
  const lines = text.split("\n").map((line) => line.split(" "));
  return lines.filter((fields) => fields.length >= 19 && /^\d+$/.test(fields[0] ?? ""));
}

/** Identity of a server: its section and its own name. */
export type Named = Pick<ServerState, "section" | "server">;

/** The state of a server; undefined where HAProxy has none of this name. */
export function stateOf(
  { section, server }: Named,
  states: readonly ServerState[],
): ServerState | undefined {
  return states.find((each) => each.section === section && each.server === server);
}

/** True where a server gets requests for a container, and its checks pass. */
export function serves(
  server: Named & Pick<ServerState, "host">,
  states: readonly ServerState[],
): boolean {
  const state = stateOf(server, states);
  return state?.host === server.host && getsRequests(state);
}

/** True where a server leads to a container, and works: also one that gets first attempts alone, which is no choice of HAProxy's own. */
export function isFit(
  server: Named & Pick<ServerState, "host">,
  states: readonly ServerState[],
): boolean {
  const state = stateOf(server, states);
  if (state === undefined || state.host !== server.host) return false;
  return state.address !== "" && state.up && !state.inMaintenance;
}

/** True where a server gets requests, and its checks pass. */
export function getsRequests(state: ServerState): boolean {
  return state.address !== "" && state.up && !state.inMaintenance && !state.draining;
}

/** Returns the result of a server's last check, for a sentence. @param stat output of `show stat` */
export function lastCheck(stat: string, section: string, server: string): string {
  const row = statRows(stat).find(
    (each) => each["pxname"] === section && each["svname"] === server,
  );
  if (row === undefined) return "it is not there";
  const [status = "", code = "", said = ""] = [
    row["check_status"],
    row["check_code"],
    row["last_chk"],
  ];
  // The code of the one before is gone as soon as the next check begins.
  if (code === "0") return checkRuns;
  const name = checkArgs[status.replace(/^\* /, "")] ?? status;
  const parts = [name, code, said].filter((each) => each !== "");
  // Of a server whose address was taken from it meanwhile, as that of a container that has ended.
  return parts.length === 0 ? "it is checked no more" : parts.join(" ");
}

/** The result of a check that is under way. */
export const checkRuns = "it is being checked";

/** HAProxy's short names of a check's results. */
const checkArgs: Readonly<Record<string, string>> = {
  INI: "it is not checked yet",
  SOCKERR: "no connection can be made",
  L4TOUT: "it takes no connection in time",
  L4CON: "it takes no connection",
  L6TOUT: "no TLS in time",
  L6RSP: "no TLS",
  L7TOUT: "it does not answer in time",
  L7RSP: "its answer is no HTTP",
  L7STS: "it answers with status",
  L7OK: "it answers with status",
};
