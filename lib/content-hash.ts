import { createHash } from "node:crypto";
import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const never = new Set([".git", "node_modules", ".keelson"]);

/** 12 hexadecimal digits that change when a file, its mode or its name in `directory` does, or one of `extra`. */
export function contentHash(directory: string, extra: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const text of extra) hash.update(`${String(text.length)}:${text}`);
  addDirectory(hash, directory, "");
  return hash.digest("hex").slice(0, 12);
}

function addDirectory(hash: ReturnType<typeof createHash>, root: string, relative: string): void {
  for (const name of readdirSync(join(root, relative)).sort()) {
    if (never.has(name)) continue;
    const path = join(relative, name);
    const full = join(root, path);
    const stat = lstatSync(full);
    if (stat.isDirectory()) addDirectory(hash, root, path);
    else {
      const content = stat.isSymbolicLink() ? Buffer.from(readlinkSync(full)) : readFileSync(full);
      // Only the executable bit: the rest of a mode depends on the umask of whoever cloned.
      hash.update(`${path}\0${String(stat.mode & 0o100)}\0${String(content.length)}\0`);
      hash.update(content);
    }
  }
}
