/** Variables by which a command hands values to the program that it runs. */
const prefix = "KEELSON_INJECTED_";
const absentNames = "KEELSON_ABSENT_SECRETS";

/** Longest text that Linux takes in one variable is 128 KiB, with its name; all variables share 2 MiB with the arguments. */
const longest = 120 * 1024;
const mostTogether = 1024 * 1024;

/** The value of a secret's variable that a command before has handed over. */
export function givenBefore(environment: NodeJS.ProcessEnv, variable: string): string | undefined {
  return environment[`${prefix}${variable}`];
}

/** True for a variable of which a command before has found that no source has it. */
export function absentBefore(environment: NodeJS.ProcessEnv, variable: string): boolean {
  return (environment[absentNames] ?? "").split(",").includes(variable);
}

/**
 * Variables that hand values over to the processes that have them in their environment. What is too long for that is left
 * out, and asked from its source there.
 *
 * @param absent variables of secrets that no source has
 */
export function handover(
  values: Readonly<Record<string, string>>,
  absent: readonly string[] = [],
): Readonly<Record<string, string>> {
  let together = 0;
  const handed = Object.entries(values).flatMap(([variable, value]): [string, string][] => {
    const size = Buffer.byteLength(value);
    if (size > longest || together + size > mostTogether || value.includes("\0")) return [];
    together += size;
    return [[`${prefix}${variable}`, value]];
  });
  if (absent.length > 0) handed.push([absentNames, absent.join(",")]);
  return Object.fromEntries(handed);
}

/** Forgets the values that an earlier command of this process has handed over. */
export function forgetHandover(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a process's environment is no map
    if (name.startsWith(prefix) || name === absentNames) delete environment[name];
  }
}
