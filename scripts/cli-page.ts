import { Command, type Argument, type Option } from "commander";
import { registerCommands } from "#cli/commands";

/** The reference of the command line, from the project's folder. */
export const cliPath = "docs/reference/cli.md";

/** Every command of `keelson` that does something, with its whole name, such as `backup now`. */
export function keelsonCommands(): { readonly name: string; readonly command: Command }[] {
  const program = new Command("keelson");
  registerCommands(program);
  return program.commands.flatMap((command) => leaves(command, command.name()));
}

/** The page of the command line: each command with its options, as help lists them. */
export function cliPage(): string {
  const parts = [
    "<!-- Written by `npm run schema`; do not edit. -->",
    "# Commands",
    "`npx keelson <command>`, in the project's folder. Without `--stack` a command works on the stack `local`.",
    ...keelsonCommands().flatMap(commandLines),
  ];
  return `${parts.join("\n\n")}\n`;
}

function commandLines({ name, command }: { name: string; command: Command }): string[] {
  const args = command.registeredArguments.map(argumentLine);
  const options = command.options.map(optionLine);
  return [
    `## \`keelson ${name}\``,
    sentence(command.description()),
    [...args, ...options].join("\n"),
  ];
}

function argumentLine(each: Argument): string {
  const name = `${each.name()}${each.variadic ? "..." : ""}`;
  const shown = each.required ? `<${name}>` : `[${name}]`;
  const choices = (each.argChoices ?? []).map((choice) => `\`${choice}\``).join(", ");
  return `- \`${shown}\`: ${each.description === "" ? choices : ended(each.description)}`;
}

function optionLine(option: Option): string {
  const choices = (option.argChoices ?? []).map((each) => `\`${each}\``).join(", ");
  const fallback =
    option.defaultValue === undefined ? "" : ` Default: \`${String(option.defaultValue)}\`.`;
  const takes = choices === "" ? "" : ` One of ${choices}.`;
  const required = option.mandatory ? " Required." : "";
  return `- \`${option.flags}\`: ${ended(option.description)}${takes}${fallback}${required}`;
}

function leaves(command: Command, name: string): { name: string; command: Command }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((each) => leaves(each, `${name} ${each.name()}`));
}

function sentence(text: string): string {
  return ended(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

function ended(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
