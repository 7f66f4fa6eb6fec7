import type { Command } from "commander";
import { json, onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Options of `keelson preview`. */
export interface PreviewOptions extends EngineOptions {
  readonly json?: boolean;
}

/** Registers `keelson preview`. */
export function previewCommand(program: Command, load: Load<[PreviewOptions]>): void {
  onEngine(program, "preview", "show what an up would change")
    .option(...json)
    .action((options: PreviewOptions) => run(load, options));
}
