import { z } from "zod";

/** Schema of the containers whose lines a collector keeps, as `logs read -containers` prints them. */
export const keptContainers = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    workload: z.string(),
    process: z.string(),
    instance: z.string(),
    /** Time at which it was made, in UTC. */
    created: z.string(),
  }),
);

/** A container whose lines are kept, whether it is there or not. */
export type KeptContainer = Readonly<z.infer<typeof keptContainers>[number]>;

/** Schema of a kept line, as `logs read` prints it. */
export const keptLine = z.object({
  time: z.string(),
  process: z.string(),
  instance: z.string(),
  container: z.string(),
  stream: z.enum(["stdout", "stderr"]),
  message: z.string(),
});
