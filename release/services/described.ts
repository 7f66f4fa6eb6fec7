import { z } from "zod";
import type { StepContext } from "../step-context.js";

const service = z.object({
  name: z.string(),
  /** Never two at once. */
  exclusive: z.boolean(),
  /** Ids of the containers of this release. */
  containers: z.array(z.string()),
  /** Most processes and threads of each. */
  pids: z.number(),
  /** Seconds that a start may take. */
  startSeconds: z.number(),
  /** Seconds that it has to run without a restart, where it has no health test; else 0. */
  settleSeconds: z.number(),
  /** Seconds that it may take to stop before it is killed. */
  stopSeconds: z.number(),
  /** Its route in the proxy; undefined where it has none. */
  route: z
    .object({
      port: z.number(),
      /** Path of the proxy's check; undefined: whether it takes connections. */
      path: z.string().optional(),
    })
    .optional(),
});

/** A service of the release, as the program describes it. */
export type DescribedService = z.output<typeof service>;

/** The services of the release; none where the program names none. */
export function servicesOf({
  environment,
}: Pick<StepContext, "environment">): readonly DescribedService[] {
  const text = environment["SERVICES"];
  return text === undefined ? [] : z.array(service).parse(JSON.parse(text));
}
