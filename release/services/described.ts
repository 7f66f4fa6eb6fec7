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
  /** How long a start may take. */
  startSeconds: z.number(),
  /** How long it has to run without a restart, where it has no health test; else 0. */
  settleSeconds: z.number(),
  /** How long it may take to stop before it is killed. */
  stopSeconds: z.number(),
  /** How the proxy leads to it; undefined where it does not. */
  route: z
    .object({
      port: z.number(),
      /** Where the proxy's check asks it; undefined: whether it takes connections. */
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
