import { z } from "zod";
import type { StepContext } from "../step-context.js";

const watchLimits = z.object({
  seconds: z.number(),
  minRequests: z.number(),
  maxErrorShare: z.number(),
  latency: z.object({ seconds: z.number(), maxShare: z.number() }).optional(),
});

/** Returns the limits of a step's watch; undefined where nothing is watched. */
export function watchLimitsOf({ environment }: Pick<StepContext, "environment">) {
  const text = environment["WATCH"];
  return text === undefined ? undefined : watchLimits.parse(JSON.parse(text));
}
