// One stack from nothing to nothing: what it does, and what it keeps from being done.
import { afterAll, beforeAll } from "vitest";
import { answers } from "./stack/answers.js";
import { backups } from "./stack/backups.js";
import { changes } from "./stack/changes.js";
import { hardening } from "./stack/hardening.js";
import { reach } from "./stack/reach.js";
import { rights } from "./stack/rights.js";
import { secrecy } from "./stack/secrecy.js";
import { stack } from "./stack/shared.js";

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => stack.remove());

answers();
rights();
reach();
hardening();
backups();
changes();
secrecy();
