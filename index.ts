import { Stack } from "#keelson";

/** The stack's outputs. */
export default Stack.fromConfig().outputs;
