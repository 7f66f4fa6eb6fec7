import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkedRuleFiles } from "#cli/project/rule-files";

const folder = mkdtempSync(join(tmpdir(), "keelson-rule-files-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
writeFileSync(
  join(folder, "own.yml"),
  "groups: [{ name: a, rules: [{ alert: A, expr: sum(up }] }]\n",
);
const settings = { rules: ["own.yml"] };

/** A PATH on which promtool says something, as it does of a file that it refuses. */
function withPromtool(name: string, script: string) {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "promtool"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${join(folder, name)}${delimiter}/usr/bin${delimiter}/bin` };
}

describe("checkedRuleFiles", () => {
  it("has expressions checked by promtool", () => {
    const reason = 'own.yml: 5:15: group "a", rule 1, "A": could not parse expression';
    const refusing = withPromtool(
      "refusing",
      `echo "Checking $3"; echo "  FAILED:" >&2; echo '${reason}' >&2; exit 1`,
    );
    expect(checkedRuleFiles(settings, folder, refusing)).toEqual([
      `monitoring.rules[0]: ${reason}; correct the file`,
    ]);
    const taking = withPromtool("taking", '[ "$*" = "check rules own.yml" ]');
    expect(checkedRuleFiles(settings, folder, taking)).toEqual([]);
  });

  it("leaves them to `up` where there is no promtool, and checks the structure all the same", () => {
    const without = { PATH: folder };
    expect(checkedRuleFiles(settings, folder, without)).toEqual([]);
    expect(checkedRuleFiles({ rules: ["none.yml"] }, folder, without)).toEqual([
      "monitoring.rules[0]: none.yml: can't be read (ENOENT); name a file in the project's folder",
    ]);
  });
});
