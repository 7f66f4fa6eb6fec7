/** A failure whose message is complete for a person; `urn` names the resource it is about. */
export class EngineError extends Error {
  readonly urn: string | undefined;
  constructor(message: string, options: { urn?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "EngineError";
    this.urn = options.urn;
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
