// `node --import ./test/support/print-modules.mjs <file>`: at its end the process prints on stderr what it has loaded.
import { registerHooks } from "node:module";
import { writeSync } from "node:fs";

const loaded = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
process.on("exit", () => {
  writeSync(2, `--- loaded ---\n${loaded.join("\n")}\n`);
});
