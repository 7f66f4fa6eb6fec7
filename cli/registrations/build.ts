import type { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson build`. */
export interface ImageOptions extends StackOptions {
  /** Repository that the image is pushed to. */
  readonly push?: string;
  /** Docker engine that the image is streamed to. */
  readonly stream?: string;
  readonly json?: boolean;
}

/** Registers `keelson build`. */
export function buildCommand(program: Command, load: Load<[ImageOptions]>): void {
  onStack(program, "build", "build the app's image where it is missing, and print its name and id")
    .option(
      "--push <repository>",
      "push it to a registry, tagged APP_VERSION, and print its digest",
    )
    .option(
      "--stream <host>",
      "send it to a Docker engine without a registry, such as ssh://deploy@host",
    )
    .option(...json)
    .action((options: ImageOptions) => run(load, options));
}

/** Registers `keelson open`. */
export function openCommand(program: Command, load: Load<[StackOptions]>): void {
  onStack(program, "open", "print the site's URL, and open it where there is a browser").action(
    (options: StackOptions) => run(load, options),
  );
}
