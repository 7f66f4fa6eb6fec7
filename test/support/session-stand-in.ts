/** An act of the proxy's script `session`, as a command gives it to `docker exec`. */
export interface SessionAct {
  readonly verb: string;
  readonly words: readonly string[];
  readonly input: string;
}

/** What a `docker exec … session` is to do. @param input what it gets on its standard input */
export function sessionAct(input: string): SessionAct {
  const end = input.indexOf("\n");
  const [verb = "", , ...words] = input.slice(0, end).split(" ");
  return { verb, words, input: input.slice(end + 1) };
}

/** What the script prints for an act that went well. */
export function sessionAnswer(text = ""): string {
  return `0 ${String(Buffer.byteLength(text))}\n${text}`;
}
