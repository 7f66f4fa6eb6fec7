// `npm run build`: the program, compiled to `dist/` for the package. A checkout runs its TypeScript as it is.
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "#lib/package-root";

const dist = join(packageRoot, "dist");
rmSync(dist, { recursive: true, force: true });
const tsc = join(packageRoot, "node_modules", "typescript", "bin", "tsc");
const args = [tsc, "--project", "tsconfig.build.json"];
const built = spawnSync(process.execPath, args, { cwd: packageRoot, stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);

// The nearest package.json says where `#room/file` is: here, in compiled files.
const scope = { type: "module", imports: { "#*": "./*.js" } };
writeFileSync(join(dist, "package.json"), `${JSON.stringify(scope, undefined, 2)}\n`);
