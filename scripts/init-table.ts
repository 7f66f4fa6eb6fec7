import type { Draft } from "#cli/commands/init/draft";
import type { Mapping } from "#lib/merge";

/** Returns the lines that a person has to write before the first `up`: guesses to check, and secrets that only they know, together. */
export function edits({ open, sections }: Pick<Draft, "open" | "sections">): string[] {
  const secrets = Object.entries((sections["secrets"] ?? {}) as Record<string, Mapping>);
  const injected = secrets.filter(([, { generate }]) => generate === undefined);
  const names = injected.map(([name]) => name).join(", ");
  return [...open, ...(names === "" ? [] : [`secrets in .env: ${names}`])];
}

/** A table of drafts by the name of their repository. */
export function initTable(drafts: Readonly<Record<string, Draft>>): string {
  const rows = Object.entries(drafts).map(([name, draft]) => {
    const { app } = draft;
    const health = (app["health"] as Mapping)["path"] as string;
    const migrate =
      (app["migrate"] as { command?: string[] } | undefined)?.command?.join(" ") ?? "-";
    const cells = [
      name,
      String(app["port"]),
      health,
      migrate,
      edits(draft).length,
      draft.left.length,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| Repository | Port | Health | Migration | Edits | Not taken over |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
