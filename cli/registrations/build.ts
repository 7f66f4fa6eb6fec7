import type { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson build` and `keelson open`. */
export interface ImageOptions extends StackOptions {
  readonly json?: boolean;
}

/** Registers `keelson build`. */
export function buildCommand(program: Command, load: Load<[ImageOptions]>): void {
  onStack(program, "build", "build the app's image where it is missing, and print its name and id")
    .option(...json)
    .action((options: ImageOptions) => run(load, options));
}

/** Registers `keelson open`. */
export function openCommand(program: Command, load: Load<[StackOptions]>): void {
  onStack(program, "open", "print the site's URL, and open it where there is a browser").action(
    (options: StackOptions) => run(load, options),
  );
}
