/** Limit of a start's cost: seconds of processor time, and MiB at its most. */
export interface Goal {
  readonly seconds: number;
  readonly memoryMiB?: number;
}

/** A command that is measured. */
export interface MeasuredCommand {
  readonly args: readonly string[];
  /** In place of its arguments, where these are no command that a reader should try. */
  readonly called?: string;
  readonly goal: Goal;
}

const parsing: Goal = { seconds: 0.3, memoryMiB: 80 };
const reading: Goal = { seconds: 1 };

/** Help, misspelt command lines, and the commands that only read a stack. */
export function commandsOn(stack: string, configFile?: string): MeasuredCommand[] {
  const onStack = [
    ...(stack === "local" ? [] : ["--stack", stack]),
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
  ];
  const lines = [
    { args: ["--help"] },
    { args: ["relases"], called: "a misspelt command" },
    { args: ["up", "--refesh"], called: "a misspelt option" },
  ];
  const reads = [
    ["check"],
    ["releases"],
    ["backups"],
    ["outputs"],
    ["maintenance", "status"],
    ["doctor"],
  ];
  return [
    ...lines.map((line) => ({ ...line, goal: parsing })),
    ...reads.map((args) => ({ args: [...args, ...onStack], goal: reading })),
  ];
}
