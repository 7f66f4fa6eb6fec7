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
import { isLoginName, loginTurn } from "./rotate-login.js";
import { turned, type Rotation, type Turn } from "./turn.js";

/**
 * `keelson secrets rotate`: gives a generated secret a new value by a release, in which the value before is handed over as
 * `NAME_PREVIOUS`; or a role of the database a new login, while the one before works on. With `--finish` a release without
 * that. The stack's file says which value or login is live.
 */
export async function secretsRotate(
  name: string,
  options: SecretsRotateOptions,
  say: Say,
): Promise<void> {
  const target = targetOf(options);
  const settings = checkedSettings(target);
  const turn = (isLoginName(name) ? loginTurn : secretTurn)(name, settings, options);
  await turn.before?.();
  const before = readFileSync(target.configFile, "utf8");
  writeSettings(target.configFile, rotated(before, turn));
  const file = basename(target.configFile);
  say(`${file}: ${turn.path.join(".")}.rotation is ${String(turn.wanted.rotation)}.`);
  try {
    await up(options, say);
  } catch (error) {
    say(
      `The rotation of ${name} is not complete: ${shellCommand(["keelson", "up"])} ${stackFlags(options)} tries it again. ` +
        `${file} has its number; with the one before there the earlier ${turn.what} stays.`,
    );
    throw error;
  }
  say(turn.done);
}

function secretTurn(name: string, settings: Settings, options: SecretsRotateOptions): Turn {
  const wanted = nextOf(name, settings, options);
  const done = wanted.previous
    ? `${name} has a new value, and ${previousName(name)} the one before. Once nothing needs that any more: keelson secrets rotate ${name} --finish ${stackFlags(options)}`
    : `${name} has one value; the one before is deleted.`;
  return { path: ["secrets", name, "generate"], wanted, what: "value", done };
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
  return turned(generate, options.finish, {
    nothing: `${previousName(name)} is not handed over: there is nothing to finish.`,
    under: `${previousName(name)} is still handed over, and would be lost; run keelson secrets rotate ${name} --finish ${stackFlags(options)} first.`,
  });
}

/** The text of a stack's file with a rotation in it; all else in it stays. */
export function rotated(text: string, { path, wanted }: Pick<Turn, "path" | "wanted">): string {
  const document = parseDocument(text);
  const [section, ...keys] = path;
  const full = ["config", `${namespace}:${section}`, ...keys];
  document.setIn([...full, "rotation"], wanted.rotation);
  if (wanted.previous) document.setIn([...full, "previous"], true);
  else document.deleteIn([...full, "previous"]);
  return document.toString({ lineWidth: 0 });
}
