import { createHash, type Hash } from "node:crypto";
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { CompleteError } from "./complete-error.js";
import { problem, SettingsError } from "./settings.js";
import { IgnoreRules, PatternError, type FolderMatches } from "./ignore-rules.js";

/** Folders that git and Keelson keep in a checkout: they change with every commit and every run, and are no input of a build. */
const never = new Set([".git", ".keelson"]);

/** An entry of a build context. */
interface Entry {
  /** From the context, with `/`. */
  readonly path: string;
  /** On this machine, in the bytes of its name, which need not be UTF-8. */
  readonly file: Buffer;
  readonly stat: fs.Stats;
}

/**
 * 12 hexadecimal digits that change when something does that Docker sends to the build: without what
 * `<Dockerfile>.dockerignore` or `.dockerignore` leaves out, and without sockets.
 * @param dockerfile from the context
 * @throws CompleteError
 */
export function contextHash(
  context: string,
  dockerfile: string,
  extra: readonly string[] = [],
): string {
  const hash = createHash("sha256");
  for (const text of extra) hash.update(`${String(text.length)}:${text}`);
  // The builder reads it even where it is left out.
  addContent(hash, Buffer.from(resolve(context, dockerfile)), dockerfile);
  for (const entry of entriesOf(context, dockerfile)) add(hash, entry);
  return hash.digest("hex").slice(0, 12);
}

/**
 * Reads no content, and looks at everything else that a build reads.
 * @param setting that names the context
 * @throws SettingsError
 */
export function requireReadable(
  context: string,
  dockerfile: string,
  setting = "app.build.context",
): void {
  try {
    lookAt(context, dockerfile);
  } catch (error) {
    if (error instanceof ContextError) throw new SettingsError([problem(setting, ...error.parts)]);
    throw error;
  }
}

function lookAt(context: string, dockerfile: string): void {
  for (const { path, file, stat } of entriesOf(context, dockerfile)) {
    if (!stat.isFile()) continue;
    attempt(path, () => {
      fs.accessSync(file, fs.constants.R_OK);
    });
  }
}

/** The file that says what is left out: of the Dockerfile, or else of the context; undefined where there is none. */
export function ignoreFileOf(context: string, dockerfile: string): string | undefined {
  const own = `${dockerfile}.dockerignore`;
  return [own, ".dockerignore"].find((name) => fs.existsSync(join(context, name)));
}

function* entriesOf(context: string, dockerfile: string): Generator<Entry> {
  const rules = rulesOf(context, ignoreFileOf(context, dockerfile));
  yield* entriesIn({ path: "", file: Buffer.from(resolve(context)) }, undefined, rules);
}

/** In the order of their names' bytes, folders before what is in them. */
function* entriesIn(
  folder: Omit<Entry, "stat">,
  parent: FolderMatches | undefined,
  rules: IgnoreRules,
): Generator<Entry> {
  const names = attempt(folder.path, () => fs.readdirSync(folder.file, { encoding: "buffer" }));
  for (const bytes of (names ?? []).toSorted((a, b) => a.compare(b))) {
    const name = bytes.toString("utf8");
    if (never.has(name)) continue;
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    const { ignored, own } = rules.match(path, parent);
    if (ignored && !rules.mayBringBack(path)) continue;
    const file = Buffer.concat([folder.file, Buffer.from("/"), bytes]);
    const stat = attempt(path, () => fs.lstatSync(file));
    // What is removed meanwhile, as a log that is rotated, is not there for Docker either.
    if (stat === undefined || stat.isSocket()) continue;
    if (!ignored) yield { path, file, stat };
    if (stat.isDirectory()) yield* entriesIn({ path, file }, own, rules);
  }
}

function add(hash: Hash, { path, file, stat }: Entry): void {
  if (stat.isFile()) {
    // Only the executable bit: the rest of a mode depends on the umask of whoever cloned.
    hash.update(`${path}\0${String(stat.mode & 0o100)}\0`);
    addContent(hash, file, path);
  } else if (stat.isSymbolicLink()) {
    hash.update(`${path}\0link\0${attempt(path, () => fs.readlinkSync(file)) ?? ""}\0`);
  } else {
    // A folder, a FIFO or a device: there is no content, and opening one may wait for ever.
    hash.update(`${path}\0${String(stat.mode & fs.constants.S_IFMT)}\0${String(stat.rdev)}\0`);
  }
}

const chunk = Buffer.allocUnsafe(1 << 20);

/** Piece by piece: a file may be larger than memory. */
function addContent(hash: Hash, file: Buffer, path: string): void {
  const length = attempt(path, () => {
    // Should it have become a FIFO meanwhile.
    const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      return addPieces(hash, descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  });
  hash.update(`\0${String(length ?? "gone")}\0`);
}

/** As long as the file was when it was opened: one that grows faster than it is read has no end. */
function addPieces(hash: Hash, descriptor: number): number {
  const { size } = fs.fstatSync(descriptor);
  let length = 0;
  while (length < size) {
    const read = fs.readSync(descriptor, chunk, 0, Math.min(chunk.length, size - length), null);
    if (read === 0) break;
    hash.update(chunk.subarray(0, read));
    length += read;
  }
  return length;
}

function rulesOf(context: string, name: string | undefined): IgnoreRules {
  if (name === undefined) return new IgnoreRules("");
  const text = attempt(name, () => fs.readFileSync(join(context, name), "utf8"));
  try {
    return new IgnoreRules(text ?? "");
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ContextError(
      `${name} has a line that Docker refuses: ${error.message}`,
      "correct it",
    );
  }
}

/** Undefined where it is gone. @throws ContextError where it can't be read */
function attempt<T>(path: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === undefined) throw error;
    throw new ContextError(
      `${path === "" ? "the folder" : path} can't be read (${code})`,
      "give the right to read it, or name it in .dockerignore",
    );
  }
}

/** The context can't be read. */
class ContextError extends CompleteError {
  readonly parts: readonly [what: string, remedy: string];

  constructor(what: string, remedy: string) {
    super(`the build context: ${what}; ${remedy}`);
    this.parts = [what, remedy];
  }
}
