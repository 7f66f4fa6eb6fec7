import { z } from "zod";
import type { ProxySession } from "../proxy-session.js";

/** A command that a person has run in a container of its own, as the proxy's volume keeps it. */
const runRecord = z.looseObject({
  /** End of its container's name. */
  id: z.string(),
  who: z.string(),
  /** `<process>@<host>` that began it. */
  by: z.string(),
  begin: z.string(),
  end: z.string().nullable(),
  /** Exit code; null while it runs, and where its end was not seen. */
  code: z.number().nullable(),
  /** The command, one list item per argument. */
  command: z.array(z.string()),
  /** Process of whose container it is a copy. */
  process: z.string(),
  /** Database role that it had. */
  as: z.enum(["app", "migrator"]),
  image: z.string(),
});
export type RunRecord = z.output<typeof runRecord>;

const file = "runs.json";
/** So many are kept. */
const mostRuns = 200;
const lockSeconds = 10;
/** A command may hold a whole script. */
const longestArgument = 300;

/** The runs that are kept, the newest first. @throws StepFailure */
export async function readRuns(session: ProxySession): Promise<RunRecord[]> {
  return runsIn(await session.read(file)).toReversed();
}

/** Writes a run down; one of the same id is replaced. @throws StepFailure */
export function writeRun(session: ProxySession, run: RunRecord): Promise<void> {
  return session.locked("runs", lockSeconds, async () => {
    const all = runsIn(await session.read(file));
    const command = run.command.map((each) => shortened(each));
    const written = { ...run, command };
    const known = all.some(({ id }) => id === run.id);
    const next = known
      ? all.map((each) => (each.id === run.id ? written : each))
      : [...all, written];
    await session.write(file, `${JSON.stringify(next.slice(-mostRuns))}\n`);
  });
}

function runsIn(text: string): RunRecord[] {
  return text.trim() === "" ? [] : z.array(runRecord).parse(JSON.parse(text));
}

function shortened(argument: string): string {
  return argument.length <= longestArgument ? argument : `${argument.slice(0, longestArgument)}…`;
}
