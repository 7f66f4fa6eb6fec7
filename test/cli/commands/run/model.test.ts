import { describe, expect, it } from "vitest";
import { chooseModel } from "#cli/commands/run/model";
import { processName, type Process } from "#cli/stack/processes";

const container = (name: string, workload: string, running = true): Process => ({
  id: name,
  name,
  workload,
  image: "x",
  created: "2026-11-30T12:00:00Z",
  running,
  wanted: true,
  hostPorts: [],
  networks: [],
  ...processName(name, workload, "p"),
});
const old = container("p-app-0000001", "app");
const live = container("p-app-0000002", "app");
const all = [
  old,
  live,
  container("p-postgres", "postgres"),
  container("p-service-mail", "service"),
];

describe("chooseModel", () => {
  it("is what the proxy leads to, not what is drained or about to come", () => {
    expect(chooseModel(all, undefined, ["p-app-0000002"])).toBe(live);
    expect(chooseModel(all, undefined, [])).toBe(old);
  });

  it("is a further process by its name", () => {
    expect(chooseModel(all, "mail", []).name).toBe("p-service-mail");
  });

  it("is never a server of Keelson's, whose data a second one would spoil", () => {
    expect(() => chooseModel(all, "postgres", [])).toThrow(
      "--service: postgres is a server of Keelson's, of which there is one; use keelson exec postgres.",
    );
  });

  it("has to run", () => {
    expect(() => chooseModel([container("p-app-0000001", "app", false)], undefined, [])).toThrow(
      "The app does not run, so nothing is live; run keelson up.",
    );
    expect(() => chooseModel(all, "wroker", [])).toThrow(
      "--service: wroker does not run, so nothing is live; run keelson up. There is app, mail.",
    );
  });
});
