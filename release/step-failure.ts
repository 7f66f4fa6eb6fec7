/** Ends a step of a release; its message is for the person who reads the log. */
export class StepFailure extends Error {}
