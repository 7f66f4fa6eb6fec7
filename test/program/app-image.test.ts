import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settingsFrom } from "#config";
import { resolveAppImage } from "#program/app-image";
import type { CommandResult } from "#lib/run-process";

const [a, b] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const [idA, idB] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const hub = "hub.example.com/shop";

interface Host {
  /** Images by name and id: id, and digests in registries. */
  readonly images?: Readonly<Record<string, readonly [id: string, ...digests: string[]]>>;
  /** Id and name of the image of what serves. */
  readonly live?: readonly [id: string, name: string];
  /** Digest of the tag in its registry; undefined: it does not answer. */
  readonly registry?: string;
}

function docker({ images = {}, live, registry }: Host) {
  const asked: string[] = [];
  const act = (args: readonly string[]): Promise<CommandResult> => {
    asked.push(args.slice(0, 2).join(" "));
    const text = answerOf(args);
    const result = { code: text === undefined ? 1 : 0, stdout: text ?? "", stderr: "no answer" };
    return Promise.resolve(result);
  };
  const answerOf = (args: readonly string[]) => {
    if (args[0] === "image") {
      const [Id, ...RepoDigests] = images[args.at(-1) ?? ""] ?? [];
      return Id === undefined ? undefined : JSON.stringify({ Id, RepoDigests });
    }
    if (args[0] === "ps") return live === undefined ? "" : "c1\n";
    if (args[0] === "inspect") return live?.join(" ");
    if (registry === undefined) return undefined;
    return `HTTP/1.0 200 OK\r\n\r\n${JSON.stringify({ Descriptor: { digest: registry } })}`;
  };
  return Object.assign(act, { asked, environment: { DOCKER_CONFIG: "/nowhere" } });
}

async function resolved(image: string, host: Host) {
  const settings = settingsFrom({ environment: "local", app: { name: "shop", image } });
  const stand = docker(host);
  const found = await resolveAppImage(settings, "local", stand);
  return { image: found?.image, tag: found?.tag, asked: stand.asked };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("resolveAppImage", () => {
  it("gives a tag of a registry its digest of today", async () => {
    const { image, tag } = await resolved(`${hub}:1`, { registry: a });
    expect([image, tag]).toEqual([`${hub}@${a}`, `${hub}:1`]);
  });

  it("follows a tag that was pushed again, though the host has the image of before", async () => {
    const images = { [`${hub}:1`]: [idA, `${hub}@${a}`], [idA]: [idA, `${hub}@${a}`] } as const;
    const live = [idA, `${hub}@${a}`] as const;
    const { image } = await resolved(`${hub}:1`, { images, live, registry: b });
    expect(image).toBe(`${hub}@${b}`);
  });

  it.each([
    [`${hub}@${a}`, `${hub}:1`],
    // What served before tags were resolved goes on under its tag.
    [`${hub}:1`, undefined],
  ])("leaves what serves as %s its name while it is the same image", async (name, tag) => {
    const images = { [`${hub}:1`]: [idA, `${hub}@${a}`], [idA]: [idA, `${hub}@${a}`] } as const;
    const found = await resolved(`${hub}:1`, { images, live: [idA, name], registry: a });
    expect([found.image, found.tag]).toEqual([name, tag]);
  });

  it("says that a registry does not answer, and stays at what serves", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const images = { [`${hub}:1`]: [idA, `${hub}@${a}`], [idA]: [idA, `${hub}@${a}`] } as const;
    const { image } = await resolved(`${hub}:1`, { images, live: [idA, `${hub}@${a}`] });
    expect(image).toBe(`${hub}@${a}`);
    expect(warn.mock.calls).toEqual([
      [
        `app.image: ${hub}:1 can't be looked up in its registry: no answer; the image of that name on the Docker host is taken`,
      ],
    ]);
  });

  it("asks no registry of what was built or loaded on the host", async () => {
    const { image, asked } = await resolved("shop:1", { images: { "shop:1": [idA] } });
    expect([image, asked]).toEqual(["shop:1", ["image inspect", "ps --quiet"]]);
  });

  it("takes the id of a tag that was moved on the host", async () => {
    const images = { "shop:1": [idB], [idA]: [idA] } as const;
    const { image, tag } = await resolved("shop:1", { images, live: [idA, "shop:1"] });
    expect([image, tag]).toEqual([idB, "shop:1"]);
  });

  it.each([`${hub}@${a}`, idA])("asks nobody about %s", async (reference) => {
    const { image, asked } = await resolved(reference, {});
    expect([image, asked]).toEqual([undefined, []]);
  });
});
