import { Command } from "commander";
import { json, onStack, run, type Load, type StackOptions } from "./command.js";

/** Options of `keelson alerts list`. */
export interface AlertsOptions extends StackOptions {
  readonly json?: boolean;
}

/** Options of `keelson alerts silence`. */
export interface SilenceOptions extends StackOptions {
  readonly off?: boolean;
}

/** Registers `keelson alerts list`, `silence` and `test`. */
export function alertsCommands(
  program: Command,
  loads: {
    readonly list: Load<[AlertsOptions]>;
    readonly silence: Load<[string, string | undefined, SilenceOptions]>;
    readonly test: Load<[StackOptions]>;
  },
): void {
  const alerts = program.command("alerts").description("alerts of the stack's monitoring");
  const list = onStack(new Command(), "list", "show the alerts that fire, and those silenced")
    .option(...json)
    .action((options: AlertsOptions) => run(loads.list, options));
  alerts.addCommand(list.copyInheritedSettings(alerts), { isDefault: true });
  onStack(alerts, "silence", "deliver an alert no more for a while")
    .argument("<alert>", "name of the alert, such as KeelsonDiskFilling")
    .argument("[duration]", "how long, such as 2h")
    .option("--off", "deliver it again from now on")
    .action((alert: string, duration: string | undefined, options: SilenceOptions) =>
      run(loads.silence, alert, duration, options),
    );
  onStack(
    alerts,
    "test",
    "send a test alert through every channel, and say what became of it",
  ).action((options: StackOptions) => run(loads.test, options));
}
