import { CompleteError } from "#lib/complete-error";

/** An end that a person can act on: its message is complete, no stack trace is shown. */
export class Failure extends CompleteError {
  public override readonly name = "Failure";
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
