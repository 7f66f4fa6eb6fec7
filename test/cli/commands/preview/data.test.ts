import { describe, expect, it } from "vitest";
import { dataFate, newVolumes } from "#cli/commands/preview/data";
import type { Host } from "#cli/commands/preview/host";
import { hostWith, inputsOf, resources, step, type About } from "../../../support/preview.js";

const volumeType = "docker:index/volume:Volume";

describe("the data", () => {
  const parent = "keelson:workload:OwnedVolume";
  const data = { name: "postgres-data", type: volumeType, parent };
  const inputs = { name: "shop-prod-postgres-data" };
  const app = step("same", { name: "app", old: inputsOf("app"), now: inputsOf("app") });
  const fate = (op: string, about: About, host?: Host) =>
    dataFate(resources(app, step(op, about)), host);

  it("is at risk where a volume that is not kept goes", () => {
    expect(fate("delete", { ...data, old: inputs })).toEqual({
      atRisk: true,
      notes: [
        "VOLUME shop-prod-postgres-data IS DELETED WITH ALL THAT IS IN IT (keepData or keep is false).",
      ],
    });
    expect(fate("replace", { ...data, old: inputs, now: { name: "x" } }).notes[0]).toContain(
      "IS DELETED WITH ALL THAT IS IN IT, and an empty one takes its place",
    );
  });

  it.each(["database", "role"])("is at risk where a %s is dropped", (kind) => {
    const type = `postgresql:index/${kind}:${kind === "role" ? "Role" : "Database"}`;
    const notes = [`THE ${kind.toUpperCase()} shop IS DROPPED.`];
    expect(fate("replace", { name: "shop", type, old: {}, now: {} })).toEqual({
      atRisk: true,
      notes,
    });
    expect(fate("delete", { name: "shop", type, old: {}, keep: [true, true] }).atRisk).toBe(false);
  });

  it.each<[string, string, About, string]>([
    [
      "that is kept but no longer used",
      "delete",
      { ...data, old: inputs, keep: [true, true] },
      "The volume shop-prod-postgres-data stays on the host, but nothing uses it any more.",
    ],
    [
      "that is new",
      "create",
      { ...data, now: inputs },
      "The volume shop-prod-postgres-data is new and empty.",
    ],
    [
      "that is no longer kept",
      "same",
      { ...data, old: inputs, now: inputs, keep: [true, false] },
      "From now on `destroy` deletes the volume shop-prod-postgres-data.",
    ],
    [
      "that is no longer protected",
      "same",
      { ...data, old: inputs, now: inputs, keep: [true, true], protect: [true, false] },
      "From now on the volume shop-prod-postgres-data is not protected from `destroy`.",
    ],
    [
      "that moves to another database",
      "replace",
      {
        name: "grant",
        type: "postgresql:index/grant:Grant",
        keep: [true, true],
        old: { database: "shop_a" },
        now: { database: "shop_b" },
      },
      "The app goes to the database shop_b, which is empty unless it is there; shop_a stays in the server.",
    ],
  ])("%s is kept, and that is said", (_what, op, about, note) => {
    expect(fate(op, about)).toEqual({ atRisk: false, notes: [note] });
  });

  it("that an earlier stack left is found again", () => {
    const steps = resources(step("create", { ...data, now: inputs }));
    expect(newVolumes(steps)).toEqual(["shop-prod-postgres-data"]);
    const host = hostWith({ volumes: new Set(["shop-prod-postgres-data"]) });
    expect(dataFate(steps, host).notes).toEqual([
      "The volume shop-prod-postgres-data is on the host already: what is in it is used again.",
    ]);
    expect(dataFate(steps, hostWith()).notes).toEqual([]);
  });

  it("is not what volumes of secrets hold", () => {
    const secrets = { ...data, parent: "keelson:workload:SecretFiles", old: inputs };
    expect(fate("delete", secrets)).toEqual({ atRisk: false, notes: [] });
  });
});
