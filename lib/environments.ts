/** The kind of a stack. */
export const environments = ["local", "preview", "prod"] as const;
export type Environment = (typeof environments)[number];
