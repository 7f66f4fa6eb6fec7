import { Argument, type Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson releases`. */
export interface ReleasesOptions extends StackOptions {
  readonly json?: boolean;
}

/** Action besides the list. */
export type ReleasesAction = "show" | undefined;

/** Registers `keelson releases`. */
export function releasesCommand(
  program: Command,
  load: Load<[ReleasesOptions, ReleasesAction, string | undefined]>,
): void {
  onStack(program, "releases", "list the releases of the stack and their results, or show one")
    .addArgument(new Argument("[action]", "show: all of one release").choices(["show"]))
    .argument("[release]", "id of the release, such as v12; default the newest")
    .option(...json)
    .action((action: ReleasesAction, release: string | undefined, options: ReleasesOptions) =>
      run(load, options, action, release),
    );
}
