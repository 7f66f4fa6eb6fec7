// `npm run build`: the program, compiled to `dist/` for the package. A checkout runs its TypeScript as it is.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "#lib/package-root";

const dist = join(packageRoot, "dist");
// What runs from `dist/` meanwhile goes on: the new one takes its place when it is complete.
const next = `${dist}.${String(process.pid)}`;
const tsc = join(packageRoot, "node_modules", "typescript", "bin", "tsc");
const args = [tsc, "--project", "tsconfig.build.json", "--outDir", next];
const built = spawnSync(process.execPath, args, { cwd: packageRoot, stdio: "inherit" });
if (built.status !== 0) {
  rmSync(next, { recursive: true, force: true });
  process.exit(built.status ?? 1);
}

// What the status page has in it as it is.
for (const asset of ["page.css", "live.js"]) {
  cpSync(join(packageRoot, "page", asset), join(next, "page", asset));
}

// The nearest package.json says where `#room/file` is: here, in compiled files.
const scope = { type: "module", imports: { "#*": "./*.js" } };
writeFileSync(join(next, "package.json"), `${JSON.stringify(scope, undefined, 2)}\n`);

const last = `${next}.last`;
if (existsSync(dist)) renameSync(dist, last);
renameSync(next, dist);
rmSync(last, { recursive: true, force: true });
