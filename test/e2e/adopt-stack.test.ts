// @module-tag long
// A whole stack takes over the database of its app from a server in a compose network, by the commands of a person.
import { afterAll, beforeAll, expect, it } from "vitest";
import { Moving } from "../support/moving.js";

let moving: Moving;
beforeAll(async () => {
  moving = await Moving.open("test-ads");
  await moving.fill(5000);
});
afterAll(() => moving.remove());

const counts = "SELECT count(*), max(id) FROM orders";

it("`keelson adopt --from` checks, takes it over under writes, and takes it back", async () => {
  expect(await moving.check("--replace")).toContain("It can be adopted; nothing was changed.");
  await moving.writeThere();
  const { rows, differing, paused } = await moving.adopt();
  expect(rows).toBeGreaterThan(5000);
  expect(differing).toBe(0);
  expect(paused).toBeGreaterThan(0);
  const [there, here] = await moving.both(counts);
  expect(here).toBe(there);
  expect(await moving.writeThereFails()).toMatch(/read-only transaction/);
  await moving.back();
  expect(await moving.writeThereFails()).toBe("");
});
