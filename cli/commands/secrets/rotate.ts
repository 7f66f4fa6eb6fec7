import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseDocument } from "yaml";
import { previousName } from "#components/secrets/settings";
import type { Settings } from "#config";
import { namespace } from "#config/stack-file";
import { isSealed } from "#lib/sealed";
import { shellCommand } from "#lib/shell";
import { Failure } from "../../io/failure.js";
import type { Say } from "../../io/progress.js";
import { checkedSettings, stackFlags, targetOf } from "../../project/target.js";
import type { SecretsRotateOptions } from "../../registrations/secrets.js";
import { writeSettings } from "../rename/settings.js";
import { up } from "../up.js";

/**
 * `keelson secrets rotate`: gives a generated secret a new value by a release, in which the value before is handed over as
 * `NAME_PREVIOUS`; with `--finish` a release without that. The stack's file says which value is live.
 */
export async function secretsRotate(
  name: string,
  options: SecretsRotateOptions,
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  const wanted = nextOf(name, checkedSettings(target), options);
  const before = readFileSync(target.configFile, "utf8");
  writeSettings(target.configFile, rotated(before, name, wanted));
  const file = basename(target.configFile);
  say(`${file}: secrets.${name}.generate.rotation is ${String(wanted.rotation)}.`);
  try {
    await up(options, say);
  } catch (error) {
    say(
      `The rotation of ${name} is not complete: ${shellCommand(["keelson", "up"])} ${stackFlags(options)} tries it again. ` +
        `${file} has its number; with the one before there the earlier value stays.`,
    );
    throw error;
  }
  say(
    wanted.previous
      ? `${name} has a new value, and ${previousName(name)} the one before. Once nothing needs that any more: keelson secrets rotate ${name} --finish ${stackFlags(options)}`
      : `${name} has one value; the one before is deleted.`,
  );
}

/** Number of a value, and whether the one before is handed over. */
export interface Rotation {
  readonly rotation: number;
  readonly previous: boolean;
}

/** The rotation after the present one. @throws Failure for a secret that is not generated, and out of turn */
export function nextOf(
  name: string,
  { secrets }: Pick<Settings, "secrets">,
  options: SecretsRotateOptions,
): Rotation {
  const secret = secrets[name];
  if (secret === undefined) {
    const known = Object.keys(secrets).filter((each) => secrets[each]?.generate !== undefined);
    const there = known.length === 0 ? "none is generated" : `generated are ${known.join(", ")}`;
    throw new Failure(`There is no secret ${name}: ${there}.`);
  }
  const { generate, value } = secret;
  if (generate === undefined) {
    throw new Failure(
      isSealed(value)
        ? `${name} is sealed in the stack's file: seal another value (pulumi config set --secret --path keelson:secrets.${name}.value), then run keelson up.`
        : `${name} comes from its source: change it there, then run keelson up.`,
    );
  }
  const { rotation, previous } = generate;
  if (options.finish === true) {
    if (previous) return { rotation, previous: false };
    throw new Failure(`${previousName(name)} is not handed over: there is nothing to finish.`);
  }
  if (!previous) return { rotation: rotation + 1, previous: true };
  throw new Failure(
    `${previousName(name)} is still handed over, and would be lost; run keelson secrets rotate ${name} --finish ${stackFlags(options)} first.`,
  );
}

/** The text of a stack's file with a rotation in it; all else in it stays. */
export function rotated(text: string, name: string, { rotation, previous }: Rotation): string {
  const document = parseDocument(text);
  const path = ["config", `${namespace}:secrets`, name, "generate"];
  document.setIn([...path, "rotation"], rotation);
  if (previous) document.setIn([...path, "previous"], true);
  else document.deleteIn([...path, "previous"]);
  return document.toString({ lineWidth: 0 });
}
