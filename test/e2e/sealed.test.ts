// A secret in every setting that may be one, sealed as Pulumi seals them: it reaches what it is for, and nothing else.
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Release } from "#cli/stack/releases";
import type { Mapping } from "#lib/merge";
import { canaries, sectionsWith, type Canary } from "../support/canaries.js";
import { takePorts } from "../support/claims.js";
import { docker, root, until } from "../support/docker.js";
import { containerOf } from "../support/inspect.js";
import { filesIn, filesWith, found, inspected, watchingArguments } from "../support/leaks.js";
import { long } from "../support/long.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "admin");
const stack = new Stack("test-sec-sealed", {
  app: { name: "sec", health: { startPeriod: "1s", startTimeout: "180s" } },
  postgres: { adminPort: ports.admin },
  proxy: { httpPort: ports.http },
  backup: { drill: { enabled: false } },
});
const [first, second, third] = [canaries("one"), canaries("two"), canaries("three")];
/** The canaries of a set that the app gets, by the name that each has there: of its environment, and of its secrets. */
const ofApp = (all: readonly Canary[]) =>
  all.flatMap(({ at, text }) => {
    const name = /^(app\.env|secrets)\.(\w+)/.exec(at)?.[2];
    return name === undefined ? [] : [{ name, text, isVariable: at.startsWith("app.env.") }];
  });
const everyCanary = [...first, ...second, ...third];
/** Part of the URL of a heartbeat, host and path, which a setting names and the file seals. */
const beat = "canary-beat-f00d5eed";
const texts = new Map([
  ...everyCanary.map(({ path, text }) => [`${path} ${text}`, text] as const),
  ["backup.heartbeatSecret", beat] as const,
]);

/** Lays a sealed canary on every setting that may be sealed. */
async function sealAll(all: readonly Canary[]): Promise<void> {
  const seals = new Map<Canary, unknown>();
  for (const each of all) seals.set(each, await stack.seal(each.text));
  stack.configure(sectionsWith(all, (canary) => seals.get(canary)));
  const secrets = ofApp(all).flatMap(({ name, isVariable }) => (isVariable ? [] : [name]));
  stack.configure({ app: { secrets: ["SESSION_SECRET", ...secrets] } });
}

/** What the app finds in the files that its variables point at. */
async function delivered(): Promise<string[]> {
  const { Id } = await containerOf(stack, "app");
  const read = ofApp(first).map(({ name }) => `cat "$${name}_FILE"; echo`);
  return (await docker(["exec", Id, "sh", "-c", read.join("; ")])).split("\n");
}

/** What it has to find. */
const given = (all: readonly Canary[]) => ofApp(all).map(({ text }) => text);

async function history(): Promise<Release[]> {
  const text = await stack.must("releases", "--json");
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as Release[];
}

/** Volumes of the stack that secrets are delivered in; all others have none. */
const isDelivery = (volume: string) =>
  /-(app|migrate|proxy|backup|service-[a-z0-9-]+)-secrets-[0-9a-f]+$/.test(volume);

/** Every place of the host that the stack has, by name, with the canaries in it. */
async function leaks(): Promise<Mapping> {
  const { containers, networks, volumes } = await stack.present();
  const logs = await Promise.all(
    containers.map((each) => promisify(execFile)("docker", ["logs", each], { maxBuffer: 1e8 })),
  );
  const { toolsImage } = await stack.outputs();
  const others = volumes.filter((each) => !isDelivery(each));
  const inVolumes = others.map(async (each) => [
    each,
    await filesWith(texts, each, String(toolsImage)),
  ]);
  return {
    state: found(texts, filesIn(stack.home)),
    containers: found(texts, await inspected(containers)),
    networks: found(texts, await docker(["network", "inspect", ...networks])),
    volumes: found(texts, await docker(["volume", "inspect", ...volumes])),
    logs: found(texts, logs.map(({ stdout, stderr }) => stdout + stderr).join("\n")),
    printed: found(texts, stack.printed),
    ...(Object.fromEntries(await Promise.all(inVolumes)) as Mapping),
  };
}

/** Only the places that hold some. */
const places = (all: Mapping) =>
  Object.fromEntries(Object.entries(all).filter(([, names]) => (names as unknown[]).length > 0));

beforeAll(async () => {
  await stack.sweep();
  const value = await stack.seal(`http://${beat}.invalid/${beat}`);
  const heartbeatSecret = "BEAT";
  stack.configure({
    secrets: { BEAT: { value } },
    backup: { heartbeatSecret, watch: { heartbeatSecret } },
  });
  await sealAll(first);
});
afterAll(async () => {
  await stack.remove();
});

describe("sealed settings", () => {
  it("are taken by check and preview, which show none of them", async () => {
    expect(await stack.must("check")).toBe("ok\n");
    const { value, seen } = await watchingArguments(() => stack.must("preview"));
    expect(value).toContain(" to create");
    expect(found(texts, seen + value)).toEqual([]);
  });

  it("are in no argument of any process while the stack comes up", async () => {
    const { value, seen } = await watchingArguments(() => stack.up());
    expect(value.changes.create).toBeGreaterThan(50);
    expect(seen).toContain("docker run");
    expect(found(texts, seen)).toEqual([]);
  });

  it("reach the app as a file, with a variable that points at it", async () => {
    const { Config } = await containerOf(stack, "app");
    for (const { name } of ofApp(first)) {
      expect(Config.Env).toContain(`${name}_FILE=/run/secrets/${name}`);
    }
    expect(await delivered()).toEqual(given(first));
  });

  it("are in clear nowhere else", async () => {
    await stack.must("outputs");
    await stack.must("releases", "--json");
    // Which tells the watcher, in vain; the watch over the backups does so every minute.
    await stack.must("backup now");
    const { Id } = await containerOf(stack, "backup");
    await until("a heartbeat was tried", async () => {
      const { stderr } = await promisify(execFile)("docker", ["logs", Id]);
      return stderr.includes("the watcher could not be pinged");
    });
    expect(places(await leaks())).toEqual({});
  });

  it("would be found by this search", async () => {
    const marked = [...texts.values()].map((text) => `x${text}`).join("\n");
    expect(found(texts, marked)).toHaveLength(texts.size);
    expect(found(texts, Buffer.from(marked).toString("base64"))).toHaveLength(texts.size);
    const { volumes } = await stack.present();
    const { toolsImage } = await stack.outputs();
    const holding = await Promise.all(
      volumes.filter(isDelivery).map((each) => filesWith(texts, each, String(toolsImage))),
    );
    expect(holding.flat()).toEqual(expect.arrayContaining(ofApp(first).map(({ name }) => name)));
    const { seen } = await watchingArguments(() =>
      promisify(execFile)("sh", ["-c", "sleep 1", first[0]?.text ?? ""]),
    );
    expect(found(texts, seen)).toHaveLength(1);
  });

  it(
    "change nothing when nothing changed, nor when the same text is sealed again",
    long,
    async () => {
      const none = { create: 0, update: 0, replace: 0, delete: 0 };
      expect((await stack.up()).changes).toMatchObject(none);
      await sealAll(first);
      expect((await stack.up()).changes).toMatchObject(none);
    },
  );

  it("that changed are reported by name, and are a release", long, async () => {
    await sealAll(second);
    expect(await stack.must("preview")).toMatch(/secrets? CANARY_0/);
    await stack.up();
    expect(await delivered()).toEqual(given(second));
    expect((await history()).map(({ id, result }) => `${id} ${result}`)).toEqual([
      "v2 live",
      "v1 superseded",
    ]);
    expect(places(await leaks())).toEqual({});
  });

  it("come back with the release that had them, and go forward again", long, async () => {
    const text = await stack.must("rollback", "--to", "v1", "--yes");
    expect(text).toContain("app.env.CANARY_0: a sealed text → another sealed text");
    // The app's own settings come back with a release; what `secrets` has is of today.
    const old = ofApp(first).map((each, index) =>
      each.isVariable ? each.text : given(second)[index],
    );
    expect(await delivered()).toEqual(old);
    expect(places(await leaks())).toEqual({});
    await stack.up();
    expect(await delivered()).toEqual(given(second));
  });

  it(
    "show in docker inspect of the app, and of its services, where it can't read files",
    long,
    async () => {
      stack.configure({ app: { secretsAs: "environment" } });
      const { seen } = await watchingArguments(() => stack.up());
      expect(found(texts, seen)).toEqual([]);
      const { Id, Config } = await containerOf(stack, "app");
      for (const { name, text } of ofApp(second)) expect(Config.Env).toContain(`${name}=${text}`);
      // A service gets its secrets as the app does, unless it says otherwise.
      expect(places(await leaks())).toEqual({
        containers: second.map(({ path, text }) => `${path} ${text}`),
      });
      const { containers } = await stack.present();
      const ofServices = ["--filter", "label=dev.keelson.workload=service"];
      const services = await docker([
        "ps",
        "--quiet",
        "--no-trunc",
        ...stack.filter,
        ...ofServices,
      ]);
      const others = containers.filter((each) => each !== Id && !services.includes(each));
      expect(found(texts, await inspected(others))).toEqual([]);
      stack.configure({ app: { secretsAs: "files" } });
      await stack.up();
      expect(await delivered()).toEqual(given(second));
    },
  );
});

describe("a sealed value where none can be", () => {
  it("is refused alike by check and up, before anything is touched", async () => {
    const before = filesIn(stack.home);
    const bad = new Stack("test-sec-sealed", { app: { memory: await stack.seal("512MiB") } });
    for (const command of ["check", "up", "preview"]) {
      const { code, stderr } = await bad.keelson(command);
      expect([command, code, stderr]).toEqual([
        command,
        1,
        expect.stringMatching(
          /^app\.memory: is sealed, and no secret can be there; .*app\.env\.NAME, services\.NAME\.env\.NAME, secrets\.NAME\.value\n$/,
        ),
      ]);
    }
    rmSync(bad.home, { recursive: true });
    expect(filesIn(stack.home)).toBe(before);
  });
});

describe("Pulumi's own command line", long, () => {
  it("seals what the app gets, on either engine", async ({ skip }) => {
    const environment = {
      ...stack.env,
      PULUMI_BACKEND_URL: `file://${stack.home}/state`,
      PULUMI_CONFIG_PASSPHRASE_FILE: `${stack.home}/passphrase`,
    };
    const pulumi = (...args: string[]) =>
      promisify(execFile)("pulumi", args, { cwd: root, env: environment });
    const there = await pulumi("version").then(
      () => true,
      () => false,
    );
    if (!there) skip("no pulumi on the PATH");
    for (const { at, text } of third) {
      const place = ["--stack", stack.name, "--config-file", stack.configFile];
      await pulumi("config", "set", ...place, "--secret", "--path", `keelson:${at}`, text);
    }
    const { seen } = await watchingArguments(() => stack.up());
    expect(found(texts, seen)).toEqual([]);
    expect(await delivered()).toEqual(given(third));
    expect(places(await leaks())).toEqual({});
  });
});
