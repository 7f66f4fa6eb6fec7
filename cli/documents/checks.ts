import { z } from "zod";

/** Checks of what was restored or upgraded, in their order. */
export const checks = z
  .array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() }).readonly())
  .readonly();

/** Rows, by table. */
export const rows = z.record(z.string(), z.number()).readonly();

/** Rows, by table. */
export type Rows = z.infer<typeof rows>;
