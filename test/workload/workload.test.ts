import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { oneShotLine, runSettings, shared } from "../support/program.js";
import { isSecret, plain } from "../support/pulumi.js";
import { secretDigests, secretLines } from "#workload/secret-files";

const app = { name: "shop", image: "shop:1.0", migrate: { command: ["node", "it's.js"] } };
const stack = (over: object = {}) =>
  runSettings(settingsFrom({ environment: "local", app: { ...app, ...over } }));
const usual = shared(() => stack());

describe("a container", () => {
  it("is hardened, limited, labelled, and its logs are rotated", async () => {
    const run = await usual();
    for (const { name, inputs } of run.ofType("docker:index/container:Container")) {
      expect(inputs).toMatchObject({
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges"],
        readOnly: true,
        init: true,
        logDriver: "json-file",
        logOpts: { "max-size": "10m", "max-file": "5" },
      });
      expect(inputs["user"]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect((inputs["tmpfs"] as Record<string, string>)["/tmp"]).toContain("noexec,nosuid,nodev");
      expect(inputs["labels"]).toEqual([
        { label: "dev.keelson.managed-by", value: "keelson" },
        { label: "dev.keelson.project", value: "shop" },
        { label: "dev.keelson.stack", value: "test" },
        { label: "dev.keelson.workload", value: name.replace("shop-test-", "") },
      ]);
      expect(Number(run.inputs(`${name}-ready`)["environment"]?.["PIDS" as never])).toBeGreaterThan(
        15,
      );
    }
  });

  it("mounts what it may write read-write and its secrets read-only", async () => {
    const run = await stack({
      volumes: [{ name: "uploads", path: "/uploads" }],
      secretsAs: "files",
    });
    expect(run.inputs("shop-test-app")["volumes"]).toEqual([
      { volumeName: "shop-test-app-uploads", containerPath: "/uploads", readOnly: false },
      {
        volumeName: "shop-test-app-secrets-1234567",
        containerPath: "/run/secrets",
        readOnly: true,
      },
    ]);
  });

  it("with a writable root is an app's own choice", async () => {
    const run = await stack({ readOnlyRoot: false, tmpfs: ["/cache"] });
    const inputs = run.inputs("shop-test-app");
    expect(inputs["readOnly"]).toBe(false);
    expect(Object.keys(inputs["tmpfs"] as object)).toEqual(["/cache", "/tmp"]);
  });
});

describe("a one-shot", () => {
  it("has no network, no capability and no way to write but what it needs", async () => {
    const run = await usual();
    const inputs = run.inputs("shop-test-postgres-data-owner");
    expect(inputs["create"]).toBe("exec node bin/step.mjs one-shot");
    const command = oneShotLine(inputs);
    const labels = / --label dev\.keelson\.managed-by=keelson .*dev\.keelson\.workload=one-shot/;
    expect(command.replace(/keelson\/jobs:\w+/, "JOBS").replace(labels, " LABELS")).toBe(
      "--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 256 --memory 512m --init --tmpfs /tmp LABELS --cap-add CHOWN --cap-add DAC_OVERRIDE --user 0:0 --network none --volume shop-test-postgres-data:/volume JOBS /usr/local/bin/own-volume 999 999 /volume",
    );
  });
});

describe("secret files", () => {
  it("are written a line each, in the names' order, so that the same set has the same hash", () => {
    const lines = "A Zmlyc3Q=\nB c2Vjb25kCg==\n";
    expect(secretLines({ B: "second\n", A: "first" })).toBe(lines);
    expect(secretLines({ A: "first", B: "second\n" })).toBe(lines);
  });

  it("are distinguished by digests that say nothing without the key", () => {
    const digests = secretDigests({ B: "same", A: "same" }, "key");
    expect(digests).toMatch(/^A=[0-9a-f]{12} B=[0-9a-f]{12}$/);
    const [a, b] = digests.split(" ").map((each) => each.slice(2));
    expect(a).not.toBe(b);
    expect(secretDigests({ A: "same", B: "other" }, "key").split(" ")[0]).toBe(`A=${String(a)}`);
    expect(secretDigests({ A: "same", B: "same" }, "another")).not.toContain(a);
  });

  it("go over standard input, as a secret, to a volume that is another one when they are others", async () => {
    const secrets = { KEY: {} };
    const settings = settingsFrom({
      environment: "local",
      app: { ...app, secrets: ["KEY"] },
      secrets,
    });
    const volumeOf = async (value: string) => {
      const run = await runSettings(settings, { environment: { KEY: value } });
      const fill = run.get("shop-test-app-secrets-fill");
      expect(isSecret(fill.inputs["stdin"])).toBe(true);
      expect(plain(fill.inputs["stdin"])).toContain(
        `KEY ${Buffer.from(value).toString("base64")}\n`,
      );
      expect(fill.inputs["environment"]).toMatchObject({
        SECRETS: expect.stringMatching(/^DATABASE_URL=[0-9a-f]{12} KEY=[0-9a-f]{12}$/) as string,
      });
      expect(oneShotLine(fill.inputs)).toMatch(/ --interactive .*write-secrets 10001 10001$/);
      const { inputs, options } = run.get("shop-test-app-secrets");
      // A given name would come back with the values, while the volume that has it waits for its deletion.
      expect(inputs).not.toHaveProperty("name");
      expect(options.deleteBeforeReplace).toBe(false);
      return contentOf(inputs["labels"]);
    };
    const [one, other, again] = [await volumeOf("a"), await volumeOf("b"), await volumeOf("a")];
    expect(one).toMatch(/^[0-9a-f]{12}$/);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });
});

function contentOf(labels: unknown): string | undefined {
  const list = labels as { readonly label: string; readonly value: string }[];
  return list.find(({ label }) => label === "dev.keelson.content")?.value;
}
