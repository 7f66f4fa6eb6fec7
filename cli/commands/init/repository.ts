import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/** An application's repository, read and never changed. */
export class Repository {
  readonly directory: string;
  #sources: readonly string[] | undefined;

  public constructor(directory: string) {
    this.directory = resolve(directory);
  }

  /** Name of its folder. */
  public get name(): string {
    return basename(this.directory);
  }

  public has(path: string): boolean {
    return existsSync(join(this.directory, path));
  }

  /** Text of a file; empty where there is none. */
  public text(path: string): string {
    const file = join(this.directory, path);
    return existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8") : "";
  }

  /** The first of some files that is there. */
  public first(...paths: readonly string[]): string | undefined {
    return paths.find((path) => this.has(path));
  }

  /** The first capture of an expression in the sources. */
  public find(expression: RegExp): string | undefined {
    for (const text of this.sources()) {
      const found = expression.exec(text)?.[1];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Texts of the source files: those of packages, builds and tests are none of the app's. */
  private sources(): readonly string[] {
    return (this.#sources ??= sourceFiles(this.directory).map((file) =>
      readFileSync(file, "utf8"),
    ));
  }
}

const never = new Set(
  (
    "node_modules vendor dist build target deps _build coverage venv tmp log public " +
    "test tests spec __tests__ docs deploy"
  ).split(" "),
);
const source = /\.(?:[cm]?[jt]sx?|py|rb|ex|exs|php|go|java|kt|ya?ml|properties|toml)$/;
const mostFiles = 3000;
const mostBytes = 256 * 1024;

function sourceFiles(directory: string, found: string[] = []): string[] {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || never.has(entry.name)) continue;
    if (found.length >= mostFiles) return found;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sourceFiles(path, found);
    else if (entry.isFile() && source.test(entry.name) && statSync(path).size < mostBytes) {
      found.push(path);
    }
  }
  return found;
}
