import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contextHash, requireReadable } from "#lib/build-context";
import { ignoreFiles, notFollowed, writeContext, wrongLines } from "../support/ignore-files.js";

let folder = "";
const at = (...parts: string[]) => join(folder, ...parts);
const hash = (extra: readonly string[] = []) => contextHash(folder, "Dockerfile", extra);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keelson-context-"));
  for (const name of ["src", "logs"]) mkdirSync(at(name));
  writeFileSync(at("Dockerfile"), "FROM scratch\nCOPY . /\n");
  writeFileSync(at("src/main"), "text", { mode: 0o644 });
  writeFileSync(at("logs/app.log"), "one\n");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Whether a change makes another hash. */
function changes(act: () => void): boolean {
  const before = hash();
  act();
  return hash() !== before;
}

const grow = () => {
  appendFileSync(at("logs/app.log"), "more\n");
};

describe("contextHash", () => {
  it("is 12 hexadecimal digits, the same every time, and follows what else is given", () => {
    expect(hash()).toMatch(/^[0-9a-f]{12}$/);
    const hashes = [[], ["ab"], ["a", "b"], ["b", "a"]].map((extra) => hash(extra));
    expect(new Set([...hashes, hash()]).size).toBe(4);
  });

  it.each<[string, () => void]>([
    [
      "a file's content",
      () => {
        writeFileSync(at("src/main"), "tex7");
      },
    ],
    [
      "its executable bit",
      () => {
        chmodSync(at("src/main"), 0o755);
      },
    ],
    [
      "its name",
      () => {
        renameSync(at("src/main"), at("src/other"));
      },
    ],
    [
      "a new link",
      () => {
        symlinkSync("src/main", at("link"));
      },
    ],
    [
      "an empty folder",
      () => {
        mkdirSync(at("empty"));
      },
    ],
    [
      "a FIFO, which is not opened",
      () => {
        execFileSync("mkfifo", [at("pipe")]);
      },
    ],
    [
      "packages installed here, which Docker sends too",
      () => {
        mkdirSync(at("node_modules"));
      },
    ],
    ["a log that is not left out", grow],
  ])("changes with %s", (_, change) => {
    expect(changes(change)).toBe(true);
  });

  it.each<[string, () => void]>([
    [
      "the umask of whoever cloned",
      () => {
        chmodSync(at("src/main"), 0o600);
      },
    ],
    [
      "git's own files",
      () => {
        mkdirSync(at(".git"));
      },
    ],
    [
      "Keelson's own files",
      () => {
        mkdirSync(at(".keelson"));
      },
    ],
  ])("does not change with %s", (_, change) => {
    expect(changes(change)).toBe(false);
  });

  it("does not change with a log that .dockerignore leaves out", () => {
    writeFileSync(at(".dockerignore"), "# logs\nlogs\n");
    expect(changes(grow)).toBe(false);
  });

  it("reads the ignore file of the Dockerfile before that of the context", () => {
    writeFileSync(at(".dockerignore"), "src\n");
    writeFileSync(at("Dockerfile.dockerignore"), "logs\n");
    expect(changes(grow)).toBe(false);
    expect(
      changes(() => {
        writeFileSync(at("src/main"), "new");
      }),
    ).toBe(true);
  });

  it("follows the Dockerfile though it is left out", () => {
    writeFileSync(at(".dockerignore"), "*\n");
    expect(
      changes(() => {
        writeFileSync(at("src/main"), "new");
      }),
    ).toBe(false);
    expect(
      changes(() => {
        writeFileSync(at("Dockerfile"), "FROM scratch\n");
      }),
    ).toBe(true);
  });

  it("leaves out a socket, as Docker does", async () => {
    const before = hash();
    const server = createServer();
    await new Promise<void>((done) => server.listen(at("agent.sock"), done));
    try {
      expect(hash()).toBe(before);
    } finally {
      server.close();
    }
  });

  it("reads a name that is no UTF-8", () => {
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xe9, 0x2e, 0x74])]);
    expect(
      changes(() => {
        writeFileSync(name, "x");
      }),
    ).toBe(true);
    expect(
      changes(() => {
        writeFileSync(name, "y");
      }),
    ).toBe(true);
  });

  it("does not follow links in a circle", () => {
    symlinkSync("..", at("src/up"));
    symlinkSync("self", at("self"));
    expect(hash()).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe("an ignore file", () => {
  it.each(ignoreFiles)("%j leaves out %j", (text, leftOut) => {
    rmSync(at("logs"), { recursive: true });
    writeContext(folder);
    writeFileSync(at(".dockerignore"), text);
    expect(notFollowed(folder)).toEqual(leftOut);
  });
});

describe("requireReadable", () => {
  it.each(wrongLines)("refuses the line %s", (line) => {
    writeFileSync(at(".dockerignore"), `${line}\n`);
    expect(() => {
      requireReadable(folder, "Dockerfile");
    }).toThrow(
      `app.build.context: .dockerignore has a line that Docker refuses: "${line}" is no pattern; correct it`,
    );
  });

  it("names a folder that can't be read, unless it is left out", () => {
    // A path that is too long can be read by nobody, root included.
    const deep = "d".repeat(200);
    const before = process.cwd();
    process.chdir(folder);
    for (let depth = 0; depth < 21; depth += 1) {
      mkdirSync(deep);
      process.chdir(deep);
    }
    process.chdir(before);
    expect(() => {
      requireReadable(folder, "Dockerfile");
    }).toThrow(
      /^app\.build\.context: d+\/.* can't be read \(ENAMETOOLONG\); give the right to read it, or name it in \.dockerignore$/,
    );
    writeFileSync(at(".dockerignore"), "d*\n");
    expect(() => {
      requireReadable(folder, "Dockerfile");
    }).not.toThrow();
    execFileSync("rm", ["-rf", at(deep)]);
  });
});
