import { readFileSync } from "node:fs";
import { settingsSchema } from "./settings-schema.js";
import { settingRows, type SettingRow } from "./settings-table.js";

/** Folder of the pages, from the project's folder. */
export const settingsFolder = "docs/reference/settings";

/** A page of the settings reference: its path from the project's folder, and its whole text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The settings reference: a page for each section, and an index of the sections. */
export function settingsPages(): Page[] {
  const sections = bySection(settingRows());
  return [
    { path: `${settingsFolder}/README.md`, text: indexPage(sections) },
    ...[...sections].flatMap(([section, rows]) =>
      isSection(section)
        ? [{ path: `${settingsFolder}/${section}.md`, text: sectionPage(section, rows) }]
        : [],
    ),
  ];
}

const generated = "<!-- Written by `npm run schema`; do not edit. -->";

function indexPage(sections: ReadonlyMap<string, readonly SettingRow[]>): string {
  const lines = [...sections].map(([section, rows]) =>
    isSection(section)
      ? `- [\`${section}\`](${section}.md): ${described(section)} ${count(rows.filter(({ path }) => path !== section).length)}`
      : "",
  );
  const single = [...sections].flatMap(([section, rows]) => (isSection(section) ? [] : rows));
  return (
    [
      generated,
      "# Settings",
      "Every setting of a stack, by section. In `Pulumi.<stack>.yaml` a section is `keelson:<section>`; what all stacks share is in `Pulumi.yaml`, under `defaults`. An unknown setting is an error. `npx keelson check` checks all of them.",
      "Sizes are whole numbers with `MiB` or `GiB`, durations with `s`, `m`, `h` or `d`. `NAME` stands for a name of your own, `[]` for each entry of a list.",
      lines.filter((line) => line !== "").join("\n"),
      ...single.map(entry),
    ].join("\n\n") + "\n"
  );
}

function sectionPage(section: string, rows: readonly SettingRow[]): string {
  const head = [generated, `# Settings: \`${section}\``, described(section)];
  const back = "[All sections](README.md)";
  const example = `## Example\n\n\`\`\`yaml\n${exampleOf(section)}\`\`\``;
  // A section whose entries have names of your own is a row itself, which the heading stands for.
  const below = rows.filter(({ path }) => path !== section);
  return (
    [...head.filter((line) => line !== ""), back, example, ...below.map(entry)].join("\n\n") + "\n"
  );
}

/** Returns the example of a section: scripts/examples/<section>.yaml. */
function exampleOf(section: string): string {
  return readFileSync(new URL(`./examples/${section}.yaml`, import.meta.url), "utf8");
}

/** One setting under a heading of its own, so that it can be linked to. */
function entry({ path, type, fallback, meaning }: SettingRow): string {
  const rows = [`- Type: ${type}`, ...(fallback === "" ? [] : [defaultLine(fallback)])];
  return [`## \`${path}\``, meaning, rows.join("\n")].join("\n\n");
}

function defaultLine(fallback: string): string {
  return fallback === "required" ? "- Required" : `- Default: ${fallback}`;
}

function count(settings: number): string {
  return `(${String(settings)} settings)`;
}

function described(section: string): string {
  return settingsSchema().properties?.[section]?.description ?? "";
}

/** True where it has settings below it; `environment` is a setting itself. */
function isSection(name: string): boolean {
  const { type, items } = settingsSchema().properties?.[name] ?? {};
  return type === "object" || items?.properties !== undefined;
}

function bySection(rows: readonly SettingRow[]): Map<string, SettingRow[]> {
  const sections = new Map<string, SettingRow[]>();
  for (const row of rows) {
    const section = /^\w+/.exec(row.path)?.[0] ?? "";
    sections.set(section, [...(sections.get(section) ?? []), row]);
  }
  return sections;
}
