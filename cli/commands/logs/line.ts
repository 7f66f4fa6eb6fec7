import type { Readable } from "node:stream";

/** A line as `docker logs --timestamps` gives it. */
export interface StampedLine {
  /** UTC, with nine digits of a second: texts of it are in the order of time. */
  readonly time: string;
  readonly text: string;
}

const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) /;
/** Docker keeps a longer line in parts of this size, and puts the time before each of them when it prints the line. */
const partBytes = 16 * 1024;

/** The time and the text of a line; undefined where no time stands before it: it is a message of Docker's own. */
export function stampedLine(bytes: Buffer): StampedLine | undefined {
  const found = stampIn(bytes, 0);
  if (found === undefined) return undefined;
  const parts = [];
  let from = found.length;
  while (bytes.length > from + partBytes) {
    const next = stampIn(bytes, from + partBytes);
    if (next === undefined) break;
    parts.push(bytes.subarray(from, from + partBytes));
    from += partBytes + next.length;
  }
  parts.push(bytes.subarray(from));
  const text = Buffer.concat(parts).toString("utf8").replace(/\r$/, "");
  return { time: utc(found.trimEnd()), text };
}

/** Calls a function with each line of a stream, without its end; the last one may have none. */
export function eachLine(stream: Readable, act: (line: Buffer) => void): void {
  let rest: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      act(Buffer.concat([...rest, chunk.subarray(from, end)]));
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  });
  stream.on("end", () => {
    if (rest.length > 0) act(Buffer.concat(rest));
    rest = [];
  });
}

function stampIn(bytes: Buffer, at: number): string | undefined {
  return stamp.exec(bytes.subarray(at, at + 36).toString("latin1"))?.[0];
}

/** A Docker engine may write its own time zone. */
function utc(time: string): string {
  if (time.endsWith("Z")) return time;
  const [whole = "", rest = ""] = time.split(".");
  const seconds = new Date(`${whole}${rest.slice(9)}`).toISOString().slice(0, 19);
  return `${seconds}.${rest.slice(0, 9)}Z`;
}
