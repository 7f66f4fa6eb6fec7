import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { isMapping, type Mapping } from "#lib/merge";
import { schemasAlong } from "#lib/schema-walk";
import { isSealable, isSealed, type SealedSource } from "#lib/sealed";
import { joinPath } from "#lib/settings";
import { configFileOf, namespace, plainValue, writtenSections } from "./stack-file.js";

/** Configuration that Pulumi hands to a program: sections by name, and apart from them its sealed texts. */
export interface ProgramConfig {
  readonly sections: Mapping;
  /** The text of each sealed setting, by what stands in its place in `sections`. */
  readonly sealed: SealedSource;
  /** Some values may be secret though nothing says so: no message may show one. */
  readonly mayHide: boolean;
}

/**
 * The configuration of the stack that Pulumi is running. Pulumi opens it and says which top-level keys hold secrets, no
 * more: which texts in them are sealed follows from the stack's file. What no file states in clear is taken for a
 * secret wherever one can be.
 *
 * @param schemaOf the schema of a section, by its name
 * @throws SettingsError where a file can't be read
 */
export function programConfig(
  projectDirectory: string,
  schemaOf: (section: string) => z.ZodType | undefined,
): ProgramConfig {
  const prefix = `${namespace}:`;
  const all = Object.entries(pulumi.runtime.allConfig()).flatMap(([key, text]) =>
    key.startsWith(prefix) ? [{ name: key.slice(prefix.length), key, text }] : [],
  );
  const file = all.some(({ key }) => holdsSecret(key))
    ? configFileOf(projectDirectory, pulumi.getStack())
    : undefined;
  const written = writtenSections(projectDirectory, file);
  const sealer = new Sealer();
  const sections = all.map(({ name, key, text }) => {
    const value = plainValue(text);
    if (!holdsSecret(key)) return [name, value] as const;
    const stated = written.stack[name] ?? written.project[name];
    return [name, sealer.seal(value, stated, schemaOf(name), [name])] as const;
  });
  return {
    sections: Object.fromEntries(sections),
    sealed: (secure) => sealer.texts.get(secure),
    mayHide: sealer.mayHide,
  };
}

/** Puts marks in the place of sealed texts. */
class Sealer {
  readonly texts = new Map<string, string>();
  mayHide = false;

  /** @param stated what the stack's file says in the same place */
  seal(
    value: unknown,
    stated: unknown,
    schema: z.ZodType | undefined,
    path: readonly PropertyKey[],
  ): unknown {
    if (isSealed(stated)) return this.mark(value, path);
    if (Array.isArray(value)) {
      const list = Array.isArray(stated) ? (stated as unknown[]) : [];
      return value.map((each, index) => this.seal(each, list[index], schema, [...path, index]));
    }
    if (isMapping(value)) {
      const below = isMapping(stated) ? stated : {};
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [
          key,
          this.seal(each, below[key], schema, [...path, key]),
        ]),
      );
    }
    if (statesSame(stated, value)) return value;
    const [, ...inside] = path;
    const place = schema === undefined ? undefined : schemasAlong(schema, inside).at(-1);
    if (isSealable(place)) return this.mark(value, path);
    this.mayHide = true;
    return value;
  }

  private mark(value: unknown, path: readonly PropertyKey[]) {
    const secure = joinPath("", path);
    this.texts.set(secure, typeof value === "string" ? value : JSON.stringify(value));
    return { secure };
  }
}

/** True where a file states a value in clear: `8000` in YAML may arrive as a text. */
function statesSame(stated: unknown, value: unknown): boolean {
  const forms = [stated, value].map((each) =>
    typeof each === "string" ? each : JSON.stringify(each),
  );
  return stated !== undefined && forms[0] === forms[1];
}

/** True where a key holds secrets, by Pulumi's answer; of an SDK that does not tell, every key does. */
function holdsSecret(key: string): boolean {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(key) ?? true;
}
