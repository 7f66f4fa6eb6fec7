import { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson jobs list`. */
export interface JobsListOptions extends StackOptions {
  readonly json?: boolean;
}

/** Options of `keelson jobs logs`. */
export interface JobsLogsOptions extends StackOptions {
  /** Id of a run; default the last. */
  readonly run?: string;
}

/** Registers `keelson jobs list`, `run` and `logs`. */
export function jobsCommands(
  program: Command,
  load: {
    readonly list: Load<[JobsListOptions]>;
    readonly run: Load<[string, StackOptions]>;
    readonly logs: Load<[string, JobsLogsOptions]>;
  },
): void {
  const jobs = program
    .command("jobs")
    .description("list jobs, run one now, or show what it printed");
  const list = onStack(new Command(), "list", "list the jobs: schedule, last and next run, result")
    .option(...json)
    .action((options: JobsListOptions) => run(load.list, options));
  jobs.addCommand(list.copyInheritedSettings(jobs), { isDefault: true });
  onStack(jobs, "run", "run a job now; ends with its exit code")
    .argument("<job>", "name of the job")
    .action((job: string, options: StackOptions) => run(load.run, job, options));
  onStack(jobs, "logs", "show what a job's run printed")
    .argument("<job>", "name of the job")
    .option("--run <id>", "id of the run, from the list; default the last")
    .action((job: string, options: JobsLogsOptions) => run(load.logs, job, options));
}
