import { describe, expect, it } from "vitest";
import { readsIn } from "#cli/commands/env-example/reads";

const names = (path: string, text: string) => readsIn(path, text).map(({ name }) => name);

describe("readsIn", () => {
  it.each([
    [
      "a.ts",
      "process.env.PORT process.env?.HOST process.env['A'] process.env[`B`]",
      ["PORT", "HOST", "A", "B"],
    ],
    [
      "a.mjs",
      'const { PORT, LEVEL: level = "x",\n  URL } = process.env;',
      ["PORT", "LEVEL", "URL"],
    ],
    ["a.ts", 'Deno.env.get("A") + Bun.env.B', ["B", "A"]],
    ["a.vue", "process.env.A", ["A"]],
    [
      "a.py",
      "os.environ['A'], os.environ.get(\"B\"), os.getenv('C'), environ[ 'D' ]",
      ["A", "B", "D", "C"],
    ],
    ["a.py", "env('A'), env.str('B', default=''), env.bool(\n  'C')", ["A", "B", "C"]],
    ["config/database.yml", 'url: <%= ENV["DATABASE_URL"] %>', ["DATABASE_URL"]],
    [
      "Rakefile",
      "ENV['A'] ENV.fetch('B') { 1 } ENV.fetch(\"C\", 2) ENV.key?('D')",
      ["A", "B", "C", "D"],
    ],
    [
      "a.exs",
      'System.get_env("A") || System.fetch_env!("B") <> System.fetch_env("C")',
      ["A", "B", "C"],
    ],
    ["a.php", "getenv('A') . env('B', 'x') . $_ENV['C']", ["A", "B", "C"]],
    ["a.go", 'os.Getenv("A"); os.LookupEnv("B")', ["A", "B"]],
    ["A.java", 'System.getenv("A")', ["A"]],
    ["a.rs", 'std::env::var("A"); env!("B"); env::var_os("C")', ["A", "B", "C"]],
    // A form of another language is none.
    ["a.py", 'process.env.A, ENV["B"], System.get_env("C")', []],
    ["a.ts", "process.env[name], process.env.lower, process.environment.A", []],
    ["a.rb", "ENVIRONMENT['A'] MY_ENV['B']", []],
  ])("of %s with %j", (path, text, expected) => {
    expect(names(path, text).sort()).toEqual([...expected].sort());
  });

  it("has a name's first line", () => {
    expect(readsIn("a.ts", "\n\nprocess.env.A;\nprocess.env.A;\n")).toEqual([
      { name: "A", line: 3 },
    ]);
  });
});
