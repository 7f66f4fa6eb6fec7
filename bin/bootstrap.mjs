// Runs before any package is installed, on Node 20 or newer: plain JavaScript, no dependency.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The checkout's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Says what is wrong with the installed packages, or returns undefined if they match the lock file. */
export function staleness(directory) {
  const installed = readJson(join(directory, "node_modules", ".package-lock.json"));
  if (installed === undefined) return "packages are not installed yet";
  const wanted = readJson(join(directory, "package-lock.json"))?.packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const present = installed.packages?.[path];
    // Packages for another platform are optional and rightly absent.
    if (present === undefined ? !entry.optional : present.version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, "")} is not at ${entry.version}`;
    }
  }
  return existsSync(join(directory, "node_modules", ".bin", "tsx")) ? undefined : "tsx is missing";
}

/** The Node that runs the program: the pinned one of the packages, else this one if new enough. */
export function nodeBinary(directory, current = process) {
  const pinned = join(directory, "node_modules", ".bin", "node");
  if (existsSync(pinned)) return pinned;
  return Number(current.versions.node.split(".")[0]) >= 22 ? current.execPath : undefined;
}

/** Installs the packages if need be, then runs a TypeScript file of the checkout and exits as it does. */
export function run(script, args) {
  install();
  const node = nodeBinary(root);
  if (node === undefined) {
    fail(
      `Node ${process.versions.node} is too old and no packaged Node exists for ${process.arch}; ` +
        "install Node 22 or newer.",
    );
  }
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`;
  const typescript = pathToFileURL(join(root, "bin", "typescript.mjs")).href;
  // The packages' code is compiled once, not by every command and every run of the program.
  const compiled = join(root, "node_modules", ".cache", "node");
  const child = spawn(node, ["--import", typescript, join(root, script), ...args], {
    stdio: "inherit",
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, PATH: path },
  });
  // The terminal sends Ctrl-C to the child as well; this process only waits for it to finish.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${node} does not start: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function install() {
  const reason = staleness(root);
  if (reason === undefined) return;
  console.error(`Installing packages (${reason}) …`);
  const began = Date.now();
  // Its warnings are about the Node that installs, while everything runs on the one that is installed.
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund"];
  const flags = [...quiet, "--include=dev", "--include=optional"];
  // stdout belongs to the command itself (its last line may be JSON), so npm writes to stderr.
  const npm = spawnSync("npm", ["ci", ...flags], { cwd: root, stdio: ["ignore", 2, 2] });
  if (npm.error) fail(`npm is not on the PATH (${npm.error.message}); install it with Node.`);
  if (npm.status !== 0) {
    fail("Packages could not be installed (npm's message is above); check the network and retry.");
  }
  console.error(`Packages installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // Missing or torn: both mean that the packages have to be installed again.
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
