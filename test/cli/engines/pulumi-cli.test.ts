import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureHome, homeOf } from "#cli/project/home";
import { PulumiCli, pulumiEnvironment } from "#cli/engines/pulumi-cli";
import { changesOf, progressLine, resultOf, stepsOf } from "#cli/engines/pulumi-output";
import { outputsIn, recordedIn } from "#cli/engines/runner";
import { targetOf } from "#cli/project/target";
import { root } from "../../support/root.js";

describe("resultOf", () => {
  it("reads the summary of an event log", () => {
    const log = [
      '{"sequence":0,"preludeEvent":{"config":{}}}',
      '{"sequence":9,"summaryEvent":{"durationSeconds":12,"resourceChanges":{"create":3,"same":2,"replace":1},"result":"succeeded"}}',
      "",
    ].join("\n");
    const changes = { create: 3, update: 0, replace: 1, delete: 0, same: 2 };
    expect(resultOf(log)).toEqual({ changes, seconds: 12 });
  });
});

describe("stepsOf", () => {
  it("reads a preview's steps, counts and errors", () => {
    const json = JSON.stringify({
      steps: [{ op: "create", urn: "urn:a", newState: {} }],
      diagnostics: [
        { message: "warning: x", severity: "warning" },
        { message: "error: no\n", severity: "error" },
      ],
      changeSummary: { create: 1 },
    });
    const parsed = stepsOf(`noise\n${json}`);
    expect(parsed.steps).toEqual([{ op: "create", urn: "urn:a", newState: {} }]);
    expect(changesOf(parsed.summary).create).toBe(1);
    expect(parsed.diagnostics).toBe("error: no");
  });
});

describe("progressLine", () => {
  it.each([
    [" +  docker:index:Network data created (2s)", " +  docker:index:Network data created (2s)"],
    ["error: no such image", "error: no such image"],
    [" +  docker:index:Network data creating (0s)", undefined],
    ["Updating (local):", undefined],
    ["@ updating....", undefined],
    ["    docker:index:Volume sample-data", undefined],
    ["    pulumi:pulumi:Stack keelson-local  8 warnings", undefined],
    ["", undefined],
  ])("of %j is %j", (line, shown) => {
    expect(progressLine(line)).toBe(shown);
  });
});

describe("pulumiEnvironment", () => {
  const user = { PULUMI_BACKEND_URL: "s3://mine", PULUMI_CONFIG_PASSPHRASE: "p", PATH: "/bin" };
  const directory = mkdtempSync(join(tmpdir(), "keelson-environment-"));
  ensureHome(homeOf(directory, {}));

  it("keeps the checkout's own stacks out of the user's account", () => {
    const target = targetOf({ stack: "local" }, directory);
    const environment = pulumiEnvironment(target, "/opt/bin", user);
    expect(environment).toMatchObject({
      PULUMI_BACKEND_URL: `file://${directory}/.keelson/state`,
      PULUMI_CONFIG_PASSPHRASE_FILE: `${directory}/.keelson/passphrase`,
      PATH: "/bin:/opt/bin",
    });
    expect(environment).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
  });

  it("leaves the user's backend to every other stack", () => {
    const target = targetOf({ stack: "prod" }, directory);
    expect(pulumiEnvironment(target, "/opt/bin", user)).toMatchObject({
      PULUMI_BACKEND_URL: "s3://mine",
      PULUMI_CONFIG_PASSPHRASE: "p",
    });
  });
});

describe("a deployment", () => {
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: '"p w"',
  };
  const stack = {
    urn: "u",
    type: "pulumi:pulumi:Stack",
    outputs: { url: "http://x", key: secret },
  };
  const creating = { resource: { urn: "c", type: "t" }, type: "creating" };
  const deleting = { resource: { urn: "d", type: "t" }, type: "deleting" };
  const deployment = { resources: [stack], pending_operations: [creating, deleting] };

  it("gives its outputs, and which are secret", () => {
    expect(outputsIn(deployment)).toEqual({
      url: { value: "http://x", secret: false },
      key: { value: "p w", secret: true },
    });
  });

  it("gives the creations that a kill interrupted", () => {
    expect(recordedIn(deployment).pending).toEqual([{ urn: "c", type: "t" }]);
    expect(recordedIn(undefined)).toEqual({ resources: [], pending: [] });
  });
});

describe("destroy", () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-pulumi-"));
  const said = join(folder, "said");
  /** A `pulumi` that writes down how it was asked, and the event log of a run that removed three resources. */
  const pulumi = join(folder, "pulumi");
  const summary = '{"summaryEvent":{"durationSeconds":1,"resourceChanges":{"delete":3}}}';
  const script = `#!/bin/sh
echo "\${KEELSON_DESTROY-unset} $*" >${said}
while [ "$1" != --event-log ]; do shift; done
echo '${summary}' >"$2"
`;
  writeFileSync(pulumi, script, { mode: 0o755 });
  const target = { ...targetOf({ stack: "prod" }, root), ownState: false };
  const cli = new PulumiCli(pulumi, target, () => undefined);

  it.each([
    [false, /^unset destroy --stack prod (?!.*--ignore-protect)/],
    [true, /^1 destroy --stack prod .* --ignore-protect /],
  ])("with what is protected: %s", async (protectedToo, asked) => {
    const { changes } = await cli.destroy({ protectedToo });
    expect(changes).toMatchObject({ delete: 3 });
    expect(readFileSync(said, "utf8")).toMatch(asked);
  });
});
