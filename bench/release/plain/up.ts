// `pulumi up` of the program next to it, by the embedded engine: for machines without Pulumi's CLI.
import { up } from "#engine/index";

await up({
  projectDirectory: import.meta.dirname,
  stack: "test-bench",
  stateDirectory: process.env["STATE"] ?? "",
  passphrase: process.env["PULUMI_CONFIG_PASSPHRASE"] ?? "",
  output: console.log,
});
