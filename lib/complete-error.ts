/** An error that a person can act on: its message says all, and no stack trace is shown. */
export class CompleteError extends Error {
  public override readonly name: string = "CompleteError";
}
