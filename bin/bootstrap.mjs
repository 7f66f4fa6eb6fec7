// Runs before any package is installed, on Node 20 or newer: plain JavaScript, no dependency.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileCache, isInstalled, packagedNode, root, sourceFile } from "./place.mjs";

/** Says what is wrong with the installed packages, or returns undefined if they match the lock file. */
export function staleness(directory) {
  const [stamp, checked] = [stampOf(directory), join(directory, ...cache, "packages-checked")];
  // Reading both lists takes longer than the rest of a start.
  if (stamp !== undefined && readText(checked) === stamp) return undefined;
  const reason = difference(directory);
  if (reason === undefined && stamp !== undefined) writeNote(checked, stamp);
  return reason;
}

/** The Node that runs the program: the pinned one of the packages, else this one if new enough. */
export function nodeBinary(directory, current = process) {
  const pinned = join(directory, "node_modules", ".bin", "node");
  if (existsSync(pinned)) return pinned;
  return Number(current.versions.node.split(".")[0]) >= 22 ? current.execPath : undefined;
}

/** Runs a file of the program and exits as it does; a checkout gets its packages before, if need be. */
export async function run(script, args) {
  if (!isInstalled) install();
  const node = isInstalled ? installedNode() : nodeBinary(root);
  if (node === undefined) {
    fail(
      `Node ${process.versions.node} is too old and no packaged Node exists for ${process.arch}; ` +
        "install Node 22 or newer.",
    );
  }
  // For every process that is started from here on. The packages' code is compiled once, not by each of them.
  process.env.NODE_COMPILE_CACHE ??= compileCache;
  const binaries = isInstalled ? dirname(node) : join(root, "node_modules", ".bin");
  process.env.PATH = `${binaries}${delimiter}${process.env.PATH ?? ""}`;
  const file = sourceFile(script);
  if (isThisNode(root, node)) await runHere(file, args);
  else runIn(node, file, args);
}

/** The Node that came with this package, else this one if new enough. */
function installedNode() {
  const packaged = packagedNode(root);
  if (packaged !== undefined) return packaged.binary;
  return Number(process.versions.node.split(".")[0]) >= 22 ? process.execPath : undefined;
}

/** Whether this process runs on a given Node already, or on another file of the same version. */
export function isThisNode(directory, node, current = process) {
  if (node === current.execPath) return true;
  return packagedNode(directory, current.arch)?.version === current.versions.node;
}

async function runHere(script, args) {
  process.argv = [process.execPath, script, ...args];
  await import("./typescript.mjs");
  await import(pathToFileURL(script).href);
}

function runIn(node, script, args) {
  const typescript = pathToFileURL(join(root, "bin", "typescript.mjs")).href;
  const child = spawn(node, ["--import", typescript, script, ...args], { stdio: "inherit" });
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

const notInstalled = "packages are not installed yet";
const cache = ["node_modules", ".cache"];
const installedList = join("node_modules", ".package-lock.json");
const tsx = join("node_modules", ".bin", "tsx");

/** Changes whenever the lock file or what is installed does; undefined where one of them is not there. */
function stampOf(directory) {
  const files = ["package-lock.json", installedList, tsx].map((file) => join(directory, file));
  try {
    return files
      .map((file) => statSync(file))
      .map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}\n`)
      .join("");
  } catch {
    return undefined;
  }
}

function difference(directory) {
  const installed = readJson(join(directory, installedList));
  if (installed === undefined) return notInstalled;
  const wanted = readJson(join(directory, "package-lock.json"))?.packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const present = installed.packages?.[path];
    // Packages for another platform are optional and rightly absent.
    if (present === undefined ? !entry.optional : present.version !== entry.version) {
      return `${path.replace(/^.*node_modules\//, "")} is not at ${entry.version}`;
    }
  }
  return existsSync(join(directory, tsx)) ? undefined : "tsx is missing";
}

function writeNote(file, text) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch {
    // Another user's checkout: its packages are compared each time.
  }
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
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
