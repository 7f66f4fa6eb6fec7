import { describe, expect, it } from "vitest";
import { othersOf, placesInService } from "#release/haproxy/in-service";
import type { ServerState } from "#release/haproxy/state";

const place = (server: string, host: string, used: boolean, section = "app") => ({
  section,
  server,
  host,
  port: 3000,
  used,
});
const state = (server: string, host: string, more: Partial<ServerState> = {}): ServerState => ({
  section: "app",
  server,
  host,
  address: "10.0.0.1",
  up: true,
  inMaintenance: false,
  draining: false,
  ...more,
});

describe("placesInService", () => {
  it("are what the configuration says where HAProxy has no servers yet, or of other names", () => {
    const places = [place("only-1", "a", true), place("only-2", "b", false)];
    expect(placesInService(places, [])).toEqual([place("only-1", "a", true)]);
    expect(placesInService(places, [state("app", "a")])).toEqual([place("only-1", "a", true)]);
  });

  it("are those that HAProxy leads to, after a step that was killed before it wrote that down", () => {
    const places = [place("only-1", "a", true), place("only-2", "a", false)];
    const states = [state("only-1", "a", { inMaintenance: true }), state("only-2", "b")];
    expect(placesInService(places, states)).toEqual([place("only-2", "b", true)]);
  });

  it("have not one that waits for its check, but one that has lost its address for a while", () => {
    const places = [place("only-1", "a", true), place("only-2", "b", true)];
    const states = [
      state("only-1", "a", { address: "", up: false }),
      state("only-2", "b", { draining: true }),
    ];
    expect(placesInService(places, states)).toEqual([place("only-1", "a", true)]);
  });
});

describe("othersOf", () => {
  it("are the template's servers but those that are meant", () => {
    const template = "backend app\n  # servers at port 3000\nbackend acme\n  server acme acme:80\n";
    const other = state("only-1", "a");
    const states = [other, state("only-2", "b"), state("acme", "acme", { section: "acme" })];
    expect(othersOf([place("only-2", "b", true)], template, states)).toEqual([other]);
  });
});
