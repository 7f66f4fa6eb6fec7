import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, messageOf } from "../io/failure.js";

/** The checkout's own folder: git-ignored, readable by its owner only. */
export interface Home {
  readonly directory: string;
  readonly state: string;
  readonly passphraseFile: string;
}

/** Returns the folder of the checkout's own state; `KEELSON_HOME` moves it, for tests. Makes nothing. */
export function homeOf(projectDirectory: string, environment = process.env): Home {
  const directory = environment["KEELSON_HOME"] ?? join(projectDirectory, ".keelson");
  return {
    directory,
    state: join(directory, "state"),
    passphraseFile: join(directory, "passphrase"),
  };
}

/** Makes the folder (0700) and its generated passphrase (0600) if they are not there yet. */
export function ensureHome(home: Home): Home {
  try {
    mkdirSync(home.state, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(
      `${home.state} can't be made (${messageOf(error)}); correct KEELSON_HOME, or make room for it.`,
    );
  }
  // mkdir leaves an existing folder's mode alone, and the umask may have narrowed a new one.
  for (const directory of [home.directory, home.state]) chmodSync(directory, 0o700);
  if (!existsSync(home.passphraseFile)) makePassphrase(home);
  else chmodSync(home.passphraseFile, 0o600);
  return home;
}

/** The passphrase that seals the checkout's state. */
export function passphraseOf(home: Home): string {
  const passphrase = readFileSync(home.passphraseFile, "utf8").trim();
  if (passphrase === "") {
    throw new Failure(`${home.passphraseFile} is empty; put its passphrase back.`);
  }
  return passphrase;
}

function makePassphrase(home: Home): void {
  const sealed = join(home.state, ".pulumi", "stacks");
  if (existsSync(sealed)) {
    throw new Failure(
      `${home.passphraseFile} is gone, but ${home.state} is sealed with it; put it back, ` +
        "or run `npm stop -- --purge` to start over.",
    );
  }
  const text = `${randomBytes(32).toString("base64url")}\n`;
  writeFileSync(home.passphraseFile, text, { mode: 0o600, flag: "wx" });
}
