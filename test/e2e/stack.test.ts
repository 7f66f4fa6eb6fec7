// One stack from nothing to nothing: what it does, and what it keeps from being done.
import { afterAll, beforeAll } from "vitest";
import { answers } from "./stack/answers.js";
import { backups } from "./stack/backups.js";
import { changes } from "./stack/changes.js";
import { engines } from "./stack/engines.js";
import { hardening } from "./stack/hardening.js";
import { imports } from "./stack/imports.js";
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
engines();
imports();
secrecy();
