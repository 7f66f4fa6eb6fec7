import { Command, CommanderError } from "commander";
import { CompleteError } from "#lib/complete-error";
import { ownVersion } from "#lib/package-root";
import { registerCommands } from "./commands.js";

const program = new Command("keelson")
  .description("A web application on your own host.")
  .version(ownVersion());
registerCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  // These messages are complete; anything else is a fault of ours, and its stack trace is wanted.
  if (error instanceof CompleteError) console.error(error.message);
  else if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = 1;
}
