import { afterAll, beforeAll, expect, vi } from "vitest";

// The files of a lane share a process: what one leaves behind fails another, and only in some orders.
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = process.cwd();
  environment = { ...process.env };
});
afterAll(() => {
  const names = new Set([...Object.keys(environment), ...Object.keys(process.env)]);
  // By name alone: a developer's environment has values that belong in no log.
  const variables = [...names].filter((name) => environment[name] !== process.env[name]);
  expect(
    { folder: process.cwd(), variables, clock: vi.isFakeTimers() ? "fake" : "real" },
    "the process after this file",
  ).toEqual({ folder, variables: [], clock: "real" });
});
