import { extensionProblems } from "#components/postgres/extensions";
import { duplicates } from "#lib/settings";
import type { Settings } from "./settings.js";

/** Returns the problems of the extensions of the databases, a line each. */
export function databaseExtensionProblems(settings: Settings): string[] {
  return [...doubled(settings), ...unavailable(settings)];
}

function doubled({ database: { extensions, more } }: Settings): string[] {
  const all: [path: string, names: readonly string[]][] = [
    ["database", extensions],
    ...Object.entries(more).map(([name, of]): [string, readonly string[]] => [
      `database.more.${name}`,
      of.extensions,
    ]),
  ];
  return all.flatMap(([path, names]) =>
    duplicates(
      names.map((each, index) => [`${path}.extensions[${String(index)}]`, each]),
      "extension",
    ),
  );
}

/** The author of images of their own sees to what is in them. */
function unavailable({ database, postgres, images }: Settings): string[] {
  if (database.externalUrlSecret !== undefined || images.postgres !== undefined) return [];
  const further = Object.entries(database.more).flatMap(([name, of]) =>
    extensionProblems(of.extensions, postgres, `database.more.${name}`),
  );
  return [...new Set([...extensionProblems(database.extensions, postgres), ...further])];
}
