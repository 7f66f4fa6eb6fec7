/** Surroundings of a source while it is read. */
export interface SourceContext {
  /** Environment of the stack: local, preview or prod. */
  readonly stackEnvironment: string;
  /** Credentials come from here, as each tool documents. */
  readonly environment: NodeJS.ProcessEnv;
  /** Folder in which paths and commands begin. */
  readonly directory: string;
  /** Time at which an answer is too late, in milliseconds since 1970. */
  readonly deadline: number;
}

/** Values by the names that were asked for; a value that is no text is refused later, under its name. */
export type Found = ReadonlyMap<string, unknown>;

/** Reads a source. @throws SourceFailure where it can't say */
export type Adapter<Settings> = (
  settings: Settings,
  names: readonly string[],
  context: SourceContext,
) => Promise<Found>;

/** A source that does not answer as it should: the fault and the remedy, without any value. */
export class SourceFailure extends Error {
  public override readonly name = "SourceFailure";
  readonly advice: string;

  constructor(wrong: string, advice: string) {
    super(wrong);
    this.advice = advice;
  }
}

/** The names of a mapping that were asked for. */
export function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]): Found {
  return new Map(
    names.flatMap((name): [string, unknown][] =>
      Object.hasOwn(values, name) ? [[name, values[name]]] : [],
    ),
  );
}

/** Reads a JSON object. @throws SourceFailure without a part of the text */
export function jsonObject(
  text: string,
  from: string,
  advice = "see what it is by hand",
): Readonly<Record<string, unknown>> {
  const value = parsed(withoutMark(text));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new SourceFailure(`${from} is not a JSON object`, advice);
}

/** The value of a variable that a source needs. @throws SourceFailure */
export function credential({ environment }: SourceContext, name: string, of: string): string {
  const value = environment[name]?.trim();
  if (value !== undefined && value !== "") return value;
  throw new SourceFailure(
    `needs ${name}, which is not set`,
    `set it to ${of} in the environment of this command`,
  );
}

/** A text without the byte order mark that tools of Windows put before it. */
export function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The engine's message quotes the text.
    return undefined;
  }
}
