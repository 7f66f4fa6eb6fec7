import { Merge } from "./merge.js";
import type { KeptContainer } from "../../documents/logs.js";
import { KeptReader } from "./kept.js";
import { LogReader, type LoggedContainer, type ReadActs, type StartDocker } from "./reader.js";
import type { LogsRequest } from "./request.js";
import type { LineFilter } from "./filter.js";
import type { LogLine } from "./text.js";

/** Places of the lines that are asked for. */
export interface Sources {
  /** Containers that Docker still has. */
  readonly present: readonly LoggedContainer[];
  /** Those that are gone, and the collector that has kept their lines. */
  readonly gone?: { readonly collector: string; readonly containers: readonly KeptContainer[] };
}

interface Held {
  readonly hold: (hold: boolean) => void;
}

/** Passes all lines of some containers to a filter, in the order of time. @param warn is called with what goes wrong */
export async function readAll(
  start: StartDocker,
  { present, gone }: Sources,
  request: LogsRequest,
  filter: LineFilter,
  warn: (text: string) => void,
): Promise<void> {
  const merge = new Merge<Omit<LogLine, "level">>((line) => {
    filter.take(line);
  });
  const read = (source: string, name: string, open: (acts: ReadActs) => Held) =>
    new Promise<void>((resolve) => {
      const reader = open({
        line: (line) => {
          merge.push(source, line.time, line);
        },
        problem: (text) => {
          warn(`${name}: ${text}`);
        },
        end: () => {
          merge.end(source);
          resolve();
        },
      });
      merge.begin(source, (hold) => {
        reader.hold(hold);
      });
    });
  const { since, tail } = request;
  const options = { since, tail, follow: false };
  await Promise.all([
    ...present.map((each) =>
      read(each.id, each.name, (acts) => new LogReader(start, each, options, acts)),
    ),
    ...(gone === undefined || gone.containers.length === 0
      ? []
      : [
          read("kept", "kept lines", (acts) => {
            return new KeptReader(start, gone.collector, gone.containers, request, acts);
          }),
        ]),
  ]);
  merge.flush();
}
