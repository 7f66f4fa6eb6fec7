// An image that is not for this host: one of ours whose description says so.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { docker, run } from "./docker.js";

interface Manifest {
  Config: string;
  RepoTags: string[];
}

/** Loads `image` again, under a tag, as one for another architecture, and returns that architecture. */
export async function loadForeign(image: string, tag: string): Promise<string> {
  const host = await docker(["version", "--format", "{{.Server.Arch}}"]);
  const architecture = host === "arm64" ? "amd64" : "arm64";
  const folder = mkdtempSync(join(tmpdir(), "keelson-foreign-"));
  try {
    await run("sh", ["-c", `docker save '${image}' | tar -x -C '${folder}'`]);
    const [manifest] = readJson(join(folder, "manifest.json")) as [Manifest];
    const config = { ...(readJson(join(folder, manifest.Config)) as object), architecture };
    const text = JSON.stringify(config);
    // Its name is the hash of its content, with or without an ending.
    const name = createHash("sha256").update(text).digest("hex");
    const ending = basename(manifest.Config).replace(/^[0-9a-f]{64}/, "");
    const renamed = join(dirname(manifest.Config), name + ending);
    renameSync(join(folder, manifest.Config), join(folder, renamed));
    writeFileSync(join(folder, renamed), text);
    const described = [{ ...manifest, Config: renamed, RepoTags: [tag] }];
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(described));
    // Other tables of contents, which would name the description as it was.
    for (const file of ["index.json", "oci-layout", "repositories"]) {
      rmSync(join(folder, file), { force: true });
    }
    await run("sh", ["-c", `tar -c -C '${folder}' . | docker load`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return architecture;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
