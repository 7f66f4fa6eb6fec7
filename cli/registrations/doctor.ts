import type { Command } from "commander";
import { onEngine, run, type Load, type EngineOptions } from "./command.js";

/** Registers `keelson doctor`. */
export function doctorCommand(program: Command, load: Load<[EngineOptions]>): void {
  onEngine(program, "doctor", "check this machine's prerequisites and the running stack").action(
    (options: EngineOptions) => run(load, options),
  );
}
