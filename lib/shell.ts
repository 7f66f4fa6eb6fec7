/** `args` as one POSIX shell command line: each argument arrives unchanged. */
export function shellCommand(args: readonly string[]): string {
  return args.map(quote).join(" ");
}

function quote(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
