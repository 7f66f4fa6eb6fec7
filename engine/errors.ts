import { CompleteError } from "#lib/complete-error";

/** A failure whose message is complete for a person; `urn` names the resource it is about. */
export class EngineError extends CompleteError {
  override readonly name = "EngineError";
  readonly urn: string | undefined;
  constructor(message: string, options: { urn?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.urn = options.urn;
  }
}

/** A step that was not started because the run is ending for another reason, which is reported elsewhere. */
export class NotStarted extends EngineError {
  constructor() {
    super("not started: the run is ending");
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
