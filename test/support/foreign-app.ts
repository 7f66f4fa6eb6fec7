// A whole app as its own world deploys it, from its first up to a restore: one harness, a fixture each.
import { request } from "node:https";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "#cli/documents/backups";
import type { Mapping } from "#lib/merge";
import { takePorts } from "./claims.js";
import { docker, tryDocker } from "./docker.js";
import { fingerprint, superuser } from "./dumps.js";
import { fixtureImage } from "./fixture-image.js";
import { containerOf } from "./inspect.js";
import { Stack } from "./stack.js";

/**
 * An app that answers `/health/` with `ok`, adds the body of a POST to `/orders/` to the orders, lists them there, and
 * keeps the file of a form at `/upload/` on its volume `media`; all of it by HTTPS alone.
 */
export interface ForeignApp {
  /** Folder in test/e2e/fixtures, and part of every name. */
  readonly fixture: "django" | "go" | "php" | "rails";
  /** Settings by section, as its guide would say; of the app its port, health, migration and the like. */
  readonly settings: Mapping & { readonly app: Mapping };
  /** Table of the orders. */
  readonly table: string;
  readonly uploadMiB: number;
}

const host = "shop.example.com";

/** Registers the tests of an app: first up, upload, release and rollback, import, restore. */
export async function foreignApp({ fixture, settings, table, uploadMiB }: ForeignApp) {
  const ports = await takePorts("http", "https", "admin");
  const [name, database] = [`e2e-${fixture}`, `e2e-${fixture}_local`];
  const stack = new Stack(`test-${fixture}`, {
    secrets: {},
    release: { smoke: [{ path: "/health/", text: "ok" }] },
    ...settings,
    app: {
      name,
      image: `${name}:1`,
      version: "1",
      gitSha: "aaaa111",
      memory: "512MiB",
      volumes: [{ name: "media", path: "/app/media" }],
      ...settings.app,
    },
    postgres: { adminPort: ports.admin, ...(settings["postgres"] as Mapping | undefined) },
    proxy: {
      domains: [host],
      httpPort: ports.http,
      httpsPort: ports.https,
      tls: { mode: "self-signed" },
      limits: { requestBody: `${String(uploadMiB + 40)}MiB` },
    },
  });
  const server = async () => (await containerOf(stack, "postgres")).Id;
  const orders = async (body?: string): Promise<unknown> => {
    const { status, text } = await ask(ports.https, "/orders/", body);
    return status === 200 ? JSON.parse(text) : `${String(status)} ${text}`;
  };
  const listed = (version: string, ...texts: string[]) => ({
    version,
    secure: true,
    orders: texts,
  });

  beforeAll(async () => {
    await stack.sweep();
    const image = await fixtureImage(fixture);
    await docker(["tag", image, `${name}:1`]);
    await docker(["build", "--quiet", "--tag", `${name}:2`, "-"], `FROM ${image}\nLABEL v=2\n`);
  });
  afterAll(async () => {
    await stack.remove();
    await tryDocker(["image", "rm", `${name}:1`, `${name}:2`]);
  });

  describe(`an app: ${fixture}`, () => {
    it("serves after its first up, on the settings that its guide names", async () => {
      await stack.up();
      expect(await orders("first")).toEqual(listed("1", "first"));
    });

    it(`takes an upload of ${String(uploadMiB)} MiB, which waits in /tmp`, async () => {
      const size = uploadMiB * 2 ** 20;
      const { body, type } = form(Buffer.alloc(size, 1));
      const { status, text } = await ask(ports.https, "/upload/", body, type);
      expect([status, text.replace(/\s/g, "")]).toEqual([200, `{"size":${String(size)}}`]);
    });

    it("is released and rolled back", async () => {
      stack.configure({ app: { image: `${name}:2`, version: "2" } });
      await stack.up();
      expect(await orders()).toEqual(listed("2", "first"));
      await stack.must("rollback", "--yes", "--keep-data");
      expect(await orders()).toEqual(listed("1", "first"));
    });

    it("takes over a dump that was made elsewhere", async () => {
      const plain = await fingerprint(await server(), database);
      // Another platform's owner, and rows of its own.
      const elsewhere = plain
        .replaceAll(`${database}_owner`, "u5d41402abc4b")
        .replace(/\tfirst(?=[\t\n])/g, "\tfrom elsewhere");
      const file = join(stack.home, "elsewhere.sql");
      writeFileSync(file, elsewhere);
      await stack.must("import", "--dump", file, "--replace", "--yes");
      expect(await orders("after")).toEqual(listed("1", "from elsewhere", "after"));
    });

    it("comes back from a dump", async () => {
      await stack.must("backup now", "--type", "dump");
      const { dumps } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
      await superuser(await server(), database, `DELETE FROM ${table}`);
      await stack.must("restore", "--yes", "--dump", dumps.at(-1)?.file ?? "");
      expect(await orders()).toEqual(listed("1", "from elsewhere", "after"));
    });
  });
}

/** A form with one file, as a browser sends it. */
function form(content: Buffer): { body: Buffer; type: string } {
  const boundary = "keelson";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    body: Buffer.concat([Buffer.from(head), content, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

/** Asks as a browser does, which trusts the proxy's own certificate. */
function ask(port: number, path: string, body?: string | Buffer, type = "text/plain") {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { host, "content-type": type };
    const to = { host: "127.0.0.1", port, path, headers, rejectUnauthorized: false };
    const method = body === undefined ? "GET" : "POST";
    const sent = request({ ...to, servername: host, method }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
