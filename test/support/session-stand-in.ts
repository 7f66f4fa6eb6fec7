import type { Spoken } from "#lib/docker";
import type { Answer } from "#release/proxy-session";

/** An act of the proxy's script `session`. */
export interface SessionAct {
  readonly verb: string;
  readonly args: readonly string[];
  readonly input: string;
}

/**
 * A `docker exec … session` that answers each act by a function.
 * @param answer what the script prints, or that the way to the container has ended, as Docker reports it
 */
export function spokenSession(
  answer: (act: SessionAct) => Promise<Answer | { readonly gone: string }>,
): Spoken {
  let act: SessionAct | undefined;
  let printed = "";
  let gone = "";
  return {
    write: (text) => {
      const end = text.indexOf("\n");
      const [verb = "", , ...args] = text.slice(0, end).split(" ");
      act = { verb, args, input: text.slice(end + 1) };
    },
    line: async () => {
      if (act === undefined) throw new Error("The session is read before an act is written.");
      const answered = await answer(act);
      if ("gone" in answered) {
        gone = answered.gone;
        return undefined;
      }
      printed = answered.text;
      return `${String(answered.code)} ${String(Buffer.byteLength(printed))}`;
    },
    text: () => Promise.resolve(printed),
    close: () => Promise.resolve({ code: gone === "" ? 0 : 1, stderr: gone }),
  };
}
