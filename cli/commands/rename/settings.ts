import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { parseDocument, type Document } from "yaml";
import { stackFileSettings } from "#config";
import { namespace } from "#config/stack-file";
import type { Identity } from "#components/identity";
import { identityOf } from "#program/identity";
import type { Target } from "../../project/target.js";

/** Names that the settings of a stack are to lead to. */
export interface WantedNames {
  /** The stack's own name. */
  readonly stack: string;
  /** Value of `app.name`; undefined: as it is. */
  readonly app: string | undefined;
  /** The names on the Docker host and of the database. */
  readonly identity: Identity;
  /** A name of the database that the settings would lead to anyway is taken out of them. */
  readonly tidy: boolean;
}

/** A settings file before and after. */
export interface Edited {
  readonly before: string;
  readonly after: string;
}

interface Field {
  readonly path: readonly [section: string, ...keys: string[]];
  readonly value: string | undefined;
  readonly found: (names: Names) => string | undefined;
  /** Taken out where the settings lead to it without. */
  readonly tidy: boolean;
}

/** The text of a stack's settings file with other names in it; writes nothing that stays. @throws SettingsError */
export function editNames(target: Target, wanted: WantedNames): Edited {
  const before = readFileSync(target.configFile, "utf8");
  const document = parseDocument(before);
  const namesOf = (each: Document) => namesIn(target, wanted.stack, textOf(each));
  let changed = false;
  for (const { path, value, found, tidy } of fieldsOf(wanted)) {
    if (value === undefined) continue;
    const full = ["config", `${namespace}:${path[0]}`, ...path.slice(1)];
    const isThere = document.hasIn(full);
    const right = found(namesOf(document)) === value;
    if (right && !(isThere && tidy)) continue;
    if (isThere && found(namesOf(withoutIn(document, full))) === value) removeIn(document, full);
    else if (right) continue;
    else document.setIn(full, value);
    changed = true;
  }
  return { before, after: changed ? textOf(document) : before };
}

/** Writes a settings file so that a kill leaves the old one or the new one. */
export function writeSettings(configFile: string, text: string): void {
  const part = `${configFile}.part`;
  writeFileSync(part, text, { mode: statSync(configFile).mode });
  renameSync(part, configFile);
}

interface Names extends Identity {
  readonly appName: string;
}

/** `app.name` comes first: the others follow from it. */
function fieldsOf({ app, identity, tidy }: WantedNames): Field[] {
  return [
    { path: ["app", "name"], value: app, found: ({ appName }) => appName, tidy: true },
    {
      path: ["docker", "names", "app"],
      value: identity.app,
      found: (names) => names.app,
      tidy: true,
    },
    {
      path: ["docker", "names", "stack"],
      value: identity.stack,
      found: (names) => names.stack,
      tidy: true,
    },
    {
      path: ["database", "name"],
      value: identity.database,
      found: ({ database }) => database,
      tidy,
    },
  ];
}

/** Returns the names that a text of settings gives. The program's own reader takes files alone. */
function namesIn(target: Target, stack: string, text: string): Names {
  const part = `${target.configFile}.part`;
  writeFileSync(part, text, { mode: statSync(target.configFile).mode });
  try {
    const settings = stackFileSettings(target.projectDirectory, stack, part);
    return { ...identityOf(settings, stack), appName: settings.app.name };
  } finally {
    rmSync(part);
  }
}

function withoutIn(document: Document, path: readonly string[]): Document {
  const without = document.clone();
  removeIn(without, path);
  return without;
}

/** Removes a value, and the mappings that are empty then. */
function removeIn(document: Document, path: readonly string[]): void {
  document.deleteIn(path);
  for (let end = path.length - 1; end > 1; end -= 1) {
    const outer = document.getIn(path.slice(0, end));
    const isEmpty =
      typeof outer === "object" && outer !== null && "items" in outer
        ? (outer.items as unknown[]).length === 0
        : false;
    if (!isEmpty) return;
    document.deleteIn(path.slice(0, end));
  }
}

/** Long lines stay as they are. */
function textOf(document: Document): string {
  return document.toString({ lineWidth: 0 });
}
