import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import ts from "typescript";
import { root } from "./support/program.js";
import { shellTexts } from "./support/shell-texts.js";

/** A file of the project and what it imports: other files by path, packages by name. */
interface Source {
  readonly path: string;
  readonly lines: number;
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly functions: readonly { readonly name: string; readonly lines: number }[];
}

const product = [
  "lib",
  "page",
  "release",
  "workload",
  "components",
  "config",
  "program",
  "engine",
  "cli",
];
const rooms = [...product, "scripts", "bench"];
const alone = ["index.ts", "keelson.ts", "testing.ts", "stack.ts", "program.ts", "config.ts"];
const sources = [...alone, ...rooms.flatMap(filesUnder)].map(read);

function filesUnder(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(room, name));
}

function read(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const specifiers = new Set<string>();
  const functions: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    if (from !== undefined && ts.isStringLiteral(from)) {
      specifiers.add(from.text);
    }
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const name = node.name?.getText() ?? (ts.isConstructorDeclaration(node) ? "constructor" : "");
      functions.push({ name: `${path} ${name}`, lines: linesOf(node, tree) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const all = [...specifiers];
  return {
    path,
    lines: text.split("\n").length - 1,
    files: filesOf(path, all),
    packages: all.filter((each) => !isFile(each) && !each.startsWith("node:")),
    functions,
  };
}

/** `./x.js` of the same room, or `#lib/x` of another one (package.json, "imports"). */
function isFile(specifier: string): boolean {
  return /^[.#]/.test(specifier);
}

function filesOf(path: string, specifiers: readonly string[]): string[] {
  return specifiers
    .filter(isFile)
    .map((each) =>
      each.startsWith("#")
        ? `${each.slice(1)}.ts`
        : relative(root, join(root, dirname(path), each.replace(/\.js$/, ".ts"))),
    );
}

function linesOf(node: ts.Node, tree: ts.SourceFile): number {
  const at = (position: number) => tree.getLineAndCharacterOfPosition(position).line;
  return at(node.getEnd()) - at(node.getStart()) + 1;
}

/** `<file> → <import>` for each import from under `room` that is not allowed. */
function forbidden(room: string, allowed: (file: string, from: Source) => boolean): string[] {
  return sources
    .filter(({ path }) => path.startsWith(`${room}/`))
    .flatMap((from) =>
      from.files.filter((file) => !allowed(file, from)).map((file) => `${from.path} → ${file}`),
    );
}

const isIn = (file: string, ...among: string[]) =>
  among.some((room) => file.startsWith(`${room}/`));

/** `components/proxy.ts` and `components/proxy/settings.ts` are of one component. */
function component(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

describe("imports", () => {
  it("are read from every file", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(
      sources.flatMap(({ files }) => files).filter((file) => !existsSync(join(root, file))),
    ).toEqual([]);
  });

  it("of lib/ stay in lib/, and know nothing of Pulumi", () => {
    expect(forbidden("lib", (file) => isIn(file, "lib"))).toEqual([]);
    const packages = sources
      .filter(({ path }) => isIn(path, "lib"))
      .flatMap((each) => each.packages);
    expect(packages.filter((name) => name.startsWith("@pulumi/"))).toEqual([]);
  });

  it("of page/ are of lib/, and of no package: it is a function from facts to a text", () => {
    expect(forbidden("page", (file) => isIn(file, "lib", "page"))).toEqual([]);
    const packages = sources
      .filter(({ path }) => isIn(path, "page"))
      .flatMap((each) => each.packages);
    expect(packages).toEqual([]);
  });

  it("of release/ are of lib/: a step runs in a process of its own, without Pulumi", () => {
    expect(forbidden("release", (file) => isIn(file, "lib", "release"))).toEqual([]);
    const packages = sources
      .filter(({ path }) => isIn(path, "release"))
      .flatMap((each) => each.packages);
    expect([...new Set(packages)]).toEqual(["zod"]);
  });

  it("of workload/ are of lib/", () => {
    expect(forbidden("workload", (file) => isIn(file, "lib", "workload"))).toEqual([]);
  });

  it("of a component are of lib/, workload/, itself and what a step knows of HAProxy's configuration: components meet in program.ts", () => {
    // Names of what the configuration has and a step finds in it.
    const shared = [
      "haproxy/checks.ts",
      "haproxy/maintenance.ts",
      "haproxy/preference.ts",
      "haproxy/servers.ts",
      "watch/answers.ts",
    ];
    const ofSteps = shared.map((each) => `release/${each}`);
    const own = (file: string, from: Source) =>
      isIn(file, "components") && component(file) === component(from.path);
    expect(
      forbidden(
        "components",
        (file, from) => isIn(file, "lib", "workload") || ofSteps.includes(file) || own(file, from),
      ),
    ).toEqual([]);
  });

  it("of the engine are of lib/: it knows the wire, not this program", () => {
    expect(forbidden("engine", (file) => isIn(file, "lib", "engine"))).toEqual([]);
  });

  it("of the program know neither engine nor command line", () => {
    const program = sources.filter(
      ({ path }) => alone.includes(path) || isIn(path, "program", "config"),
    );
    expect(program.length).toBeGreaterThan(alone.length);
    expect(
      program
        .flatMap(({ files }) => files)
        .filter((file) => isIn(file, "engine", "cli", "scripts")),
    ).toEqual([]);
  });

  it("of the command line reach the engine only through its index, and its lock", () => {
    // Pulumi's CLI, run by us, keeps the same state, so takes the same lock.
    const doors = ["engine/index.ts", "engine/lock.ts"];
    const reached = forbidden("cli", (file) => !isIn(file, "engine") || doors.includes(file));
    expect(reached).toEqual([]);
  });

  it("of the product are never of what measures it", () => {
    const measured = rooms.filter((room) => room !== "bench");
    expect(measured.flatMap((room) => forbidden(room, (file) => !isIn(file, "bench")))).toEqual([]);
  });

  it("name no package that package.json does not", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: object;
      devDependencies: object;
    };
    const known = [manifest.dependencies, manifest.devDependencies].flatMap((each) =>
      Object.keys(each),
    );
    // What @pulumi/pulumi speaks to its engine with, in the version that it brings.
    const ofPulumi = ["@grpc/grpc-js", "google-protobuf"];
    const unknown = sources.flatMap(({ path, packages }) =>
      packages
        .map((name) =>
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        )
        .filter((name) => !known.includes(name))
        .filter((name) => !(isIn(path, "engine") && ofPulumi.includes(name)))
        .map((name) => `${path} → ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it("make no cycle, those of types included", () => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
        return;
      }
      if (done.has(path)) return;
      for (const file of byPath.get(path)?.files ?? []) visit(file, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

describe("shell", () => {
  it("is known by what it was: a text that a shell runs, or what hands one to a shell", () => {
    const texts = [
      'docker(["exec", id, "sh", "-c", script]);',
      "const psql = 'PGPASSWORD=$(cat /run/secrets/x) exec psql --dbname=\"$0\"';",
      'step({ create: `docker exec "$CONTAINER" ls` });',
      "step({ create: 'rm -rf /x; true' });",
      'const list = "find /proofs -exec cat {} + | jq -s .";',
      'test: ["CMD-SHELL", text];',
    ];
    expect(texts.map((text) => shellTexts("a.ts", text).length > 0)).not.toContain(false);
    const others = [
      'docker(["exec", id, "postgres", "-c", "wal_level=replica"]);',
      'const rule = "http-request deny if { a } || { b }";',
      'step({ create: stepCommand("ready"), delete: "node bin/refuse-destroy.mjs" });',
      'const signs = { create: "+" };',
    ];
    expect(others.flatMap((text) => shellTexts("a.ts", text))).toEqual([]);
  });

  it("stands in files below images/, and in no text of the product but one", () => {
    const product = sources.filter(({ path }) => !isIn(path, "bench"));
    const found = product.flatMap(({ path }) =>
      shellTexts(path, readFileSync(join(root, path), "utf8")).map((text) => `${path}: ${text}`),
    );
    expect(found).toEqual([
      // The arguments of an image's own CMD-SHELL, run as Docker runs them.
      'release/health.ts: ["/bin/sh", "-c", ...args]',
      // Docker runs it for good in an image that is not ours, which has one of the two programs or none.
      expect.stringMatching(/^workload\/http-test\.ts: \["CMD-SHELL", `if command -v wget /),
      // What a command resource is to Pulumi.
      'engine/providers/command.ts: ["/bin/sh", "-c"]',
    ]);
  });
});

describe("what a script of an image prints", () => {
  it("is read by its schema (cli/documents/), and by nothing else", () => {
    const unread = sources.flatMap(({ path }) => {
      const text = readFileSync(join(root, path), "utf8");
      const runs = isIn(path, "cli") && /"\/usr\/local\/bin\//.test(text);
      return runs && text.includes("JSON.parse(") ? [path] : [];
    });
    expect(unread).toEqual([
      // The text in a line of a log, whatever wrote it.
      "cli/commands/backup.ts",
    ]);
  });
});

describe("a literal", () => {
  it("is not spread: what is in it can stand where it is", () => {
    const spread: string[] = [];
    for (const { path } of sources) {
      const text = readFileSync(join(root, path), "utf8");
      const visit = (node: ts.Node): void => {
        const is =
          (ts.isSpreadAssignment(node) && ts.isObjectLiteralExpression(node.expression)) ||
          (ts.isSpreadElement(node) && ts.isArrayLiteralExpression(node.expression));
        if (is) spread.push(`${path}: ${node.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
    }
    expect(spread).toEqual([]);
  });
});

describe("length", () => {
  it("of a file is at most 250 lines", () => {
    expect(
      sources.filter(({ lines }) => lines > 250).map(({ path, lines }) => [path, lines]),
    ).toEqual([]);
  });

  it("of a function is at most 70 lines", () => {
    const long = sources.flatMap(({ functions }) => functions).filter(({ lines }) => lines > 70);
    expect(long).toEqual([]);
  });
});
