import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ReleaseFacts } from "../facts.js";
import {
  nowAnswers,
  overAnswers,
  releasesIn,
  type NowAnswers,
  type OverAnswers,
} from "./answers.js";

/** The content of the folder. */
export interface FolderContent {
  readonly now: NowAnswers;
  readonly over: OverAnswers | undefined;
  readonly releases: readonly ReleaseFacts[];
  /** Another text whenever a file is another one. */
  readonly version: string;
}

/** The folder in which monitoring writes its figures; each file is read again when it is another one. */
export class FactsFolder {
  readonly #folder: string;
  readonly #files = new Map<string, { readonly version: string; readonly content: unknown }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined until there are figures. @throws Error where a file is not what it should be */
  read(): FolderContent | undefined {
    const now = this.#read("now.json", nowAnswers);
    if (now === undefined) return undefined;
    const over = this.#read("over.json", overAnswers);
    const releases = this.#read("releases.json", releasesIn);
    const version = [now, over, releases].map((each) => each?.version ?? "").join(" ");
    return {
      now: now.content,
      over: over?.content,
      releases: releases?.content ?? [],
      version,
    };
  }

  #read<T>(name: string, parse: (text: string) => T) {
    const path = join(this.#folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    // A file is replaced whole, so it has another number.
    const version = [stat.ino, stat.mtimeMs, stat.size].join(":");
    const known = this.#files.get(name);
    if (known?.version === version) return { version, content: known.content as T };
    const content = parse(readFileSync(path, "utf8"));
    this.#files.set(name, { version, content });
    return { version, content };
  }
}
