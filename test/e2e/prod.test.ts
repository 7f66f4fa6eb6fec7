// One stack of kind prod, with a volume of uploads: what is lost comes back, and what protects its data until its end.
import { afterAll, beforeAll } from "vitest";
import { destroying } from "./prod/destroying.js";
import { shared, stack } from "./prod/shared.js";
import { uploads } from "./prod/uploads.js";

beforeAll(async () => {
  await stack.sweep();
  await stack.up();
});
afterAll(() => shared.remove());

uploads();
destroying();
