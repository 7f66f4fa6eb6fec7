import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { onPath } from "../host/docker-engine.js";
import type { EngineProbes } from "./choice.js";
import { Failure } from "../io/failure.js";
import { withProgress, type Say } from "../io/progress.js";
import { ofPackage } from "#lib/package-root";
import { run, tail } from "#lib/run-process";

const providers = ["docker", "postgresql", "command", "random"] as const;

/** Looks for Pulumi's CLI on this machine and on the network. */
export function engineProbes(say: Say): EngineProbes {
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  const version = (name: string) => packageVersion(name);
  return {
    onPath: () => onPath("pulumi"),
    cached: () => cachedCli(home, version("pulumi")),
    missingPlugins: (binary) =>
      providers.filter((name) => !hasPlugin(home, dirname(binary), name, version(name))),
    siteAnswers,
    download: () => download(home, version("pulumi"), say),
  };
}

/** The version of one of Pulumi's packages that Keelson runs with. */
export function packageVersion(name: string): string {
  const file = createRequire(ofPackage("package.json")).resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** A CLI under Pulumi's home: its installer's, or the one that the npm package `pulumi` caches. */
function cachedCli(home: string, version: string): string | undefined {
  const versions = join(home, "versions");
  const others = existsSync(versions) ? readdirSync(versions).sort().reverse() : [];
  const places = [join(versions, version), home, ...others.map((each) => join(versions, each))];
  return places.map((place) => join(place, "bin", "pulumi")).find((file) => existsSync(file));
}

function hasPlugin(home: string, programs: string, name: string, version: string): boolean {
  const binary = `pulumi-resource-${name}`;
  return (
    existsSync(join(home, "plugins", `resource-${name}-v${version}`)) ||
    existsSync(join(programs, binary)) ||
    onPath(binary) !== undefined
  );
}

async function siteAnswers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(3000);
    const url = "https://get.pulumi.com/install.sh";
    return (await fetch(url, { method: "HEAD", signal })).ok;
  } catch {
    // No name, no route, no answer in time: all mean that nothing can be downloaded from there.
    return false;
  }
}

async function download(home: string, version: string, say: Say): Promise<string> {
  say(`Downloading the Pulumi CLI ${version} (npx pulumi@${version}) …`);
  const args = ["--yes", `pulumi@${version}`, "version"];
  // The wrapper takes the version to install from its environment first.
  const env = { ...process.env, PULUMI_VERSION: version };
  const work = run("npx", args, { env, timeoutMs: 600_000 });
  const result = await withProgress(say, "downloading", work);
  const binary = join(home, "versions", version, "bin", "pulumi");
  if (result.code === 0 && existsSync(binary)) return binary;
  throw new Failure(
    `The Pulumi CLI could not be downloaded: ${tail(result)} Try --engine embedded.`,
  );
}
