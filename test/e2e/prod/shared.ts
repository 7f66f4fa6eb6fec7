import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inside } from "../../support/inspect.js";
import { Stack } from "../../support/stack.js";
import { takePorts } from "../../support/claims.js";

export const ports = await takePorts("http", "admin");

/** A stack of kind prod, not up yet. */
export const stack = new Stack("test-prod", {
  environment: "prod",
  app: {
    volumes: [
      { name: "uploads", path: "/data/uploads", backup: true },
      { name: "cache", path: "/data/cache" },
    ],
  },
  postgres: { adminPort: ports.admin, protect: true },
  backup: { protect: true },
  proxy: { httpPort: ports.http },
});

/** Folder of this machine that the final backup comes to. */
export const archive = mkdtempSync(join(tmpdir(), "keelson-archive-"));

/** What the file has besides its stack. */
export const shared = {
  remove: async () => {
    await stack.remove();
    rmSync(archive, { recursive: true });
  },
};

/** Runs a shell text among the uploads, as the app. */
export const among = (script: string) =>
  inside(stack, "app", "sh", "-ec", `cd /data/uploads; ${script}`);

/** Prints names, modes, owners, times and checksums of files. */
export const listing =
  "find . -path ./.keelson -prune -o -type f -exec sha256sum {} + -exec stat -c '%n %a %u %Y' {} + | sort";

/** The uploads as they are. */
export const content = () => among(listing);
