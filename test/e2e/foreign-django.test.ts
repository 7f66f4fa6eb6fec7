// @module-tag long
// Django as its own guides deploy it, with forced HTTPS and a list of hosts, from its first up to a restore.
import { request } from "node:https";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Inventory } from "#cli/documents/backups";
import { takePorts } from "../support/claims.js";
import { docker, tryDocker } from "../support/docker.js";
import { fingerprint, superuser } from "../support/dumps.js";
import { fixtureImage } from "../support/fixture-image.js";
import { containerOf } from "../support/inspect.js";
import { Stack } from "../support/stack.js";

const ports = await takePorts("http", "https", "admin");
const database = "e2e-django_local";

const connects = "import socket; socket.create_connection(('127.0.0.1', 8000), 3)";

const stack = new Stack("test-django", {
  app: {
    name: "e2e-django",
    image: "e2e-django:1",
    version: "1",
    gitSha: "aaaa111",
    port: 8000,
    // In the place of the sample app's command, which the project's defaults name; there is neither wget nor curl.
    health: {
      path: "/health/",
      readyPath: "/health/",
      command: ["python3", "-c", connects],
    },
    migrate: { command: ["python3", "manage.py", "migrate", "--noinput"] },
    tmp: { size: "128MiB" },
    memory: "512MiB",
    secrets: ["SECRET_KEY"],
    volumes: [{ name: "media", path: "/app/media" }],
  },
  secrets: { SECRET_KEY: { generate: { length: 50 } } },
  postgres: { adminPort: ports.admin },
  proxy: {
    domains: ["shop.example.com"],
    httpPort: ports.http,
    httpsPort: ports.https,
    tls: { mode: "self-signed" },
    limits: { requestBody: "100MiB" },
  },
  release: { smoke: [{ path: "/health/", text: "ok" }] },
});

beforeAll(async () => {
  await stack.sweep();
  const image = await fixtureImage("django");
  await docker(["tag", image, "e2e-django:1"]);
  await docker(["build", "--quiet", "--tag", "e2e-django:2", "-"], `FROM ${image}\nLABEL v=2\n`);
});
afterAll(async () => {
  await stack.remove();
  await tryDocker(["image", "rm", "e2e-django:1", "e2e-django:2"]);
});

/** Asks as a browser does, which trusts the proxy's own certificate. */
function ask(path: string, body?: string | Buffer, type = "text/plain") {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { host: "shop.example.com", "content-type": type };
    const to = { host: "127.0.0.1", port: ports.https, path, headers, rejectUnauthorized: false };
    const method = body === undefined ? "GET" : "POST";
    const sent = request({ ...to, servername: "shop.example.com", method }, (answer) => {
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

async function orders(body?: string): Promise<unknown> {
  const { status, text } = await ask("/orders/", body);
  return status === 200 ? JSON.parse(text) : `${String(status)} ${text}`;
}

const server = async () => (await containerOf(stack, "postgres")).Id;

describe("a Django app", () => {
  it("serves after its first up, on the settings that its guide names", async () => {
    await stack.up();
    expect(await orders("first")).toEqual({ version: "1", secure: true, orders: ["first"] });
  });

  it("takes an upload of 60 MiB, which waits in /tmp", async () => {
    const boundary = "keelson";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    const size = 60 * 2 ** 20;
    const body = Buffer.concat([
      Buffer.from(head),
      Buffer.alloc(size, 1),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const type = `multipart/form-data; boundary=${boundary}`;
    expect(await ask("/upload/", body, type)).toEqual({
      status: 200,
      text: `{"size": ${String(size)}}`,
    });
  });

  it("is released and rolled back", async () => {
    stack.configure({ app: { image: "e2e-django:2", version: "2" } });
    await stack.up();
    expect(await orders()).toEqual({ version: "2", secure: true, orders: ["first"] });
    await stack.must("rollback", "--yes", "--keep-data");
    expect(await orders()).toEqual({ version: "1", secure: true, orders: ["first"] });
  });

  it("takes over a dump that was made elsewhere", async () => {
    const plain = await fingerprint(await server(), database);
    // Another platform's owner, and rows of its own.
    const elsewhere = plain
      .replaceAll(`${database}_owner`, "u5d41402abc4b")
      .replace(/\tfirst\t/, "\tfrom elsewhere\t");
    const file = join(stack.home, "elsewhere.sql");
    writeFileSync(file, elsewhere);
    await stack.must("import", "--dump", file, "--replace", "--yes");
    expect(await orders("after")).toEqual({
      version: "1",
      secure: true,
      orders: ["from elsewhere", "after"],
    });
  });

  it("comes back from a dump", async () => {
    await stack.must("backup now", "--type", "dump");
    const { dumps } = JSON.parse(await stack.must("backups", "--json")) as Inventory;
    await superuser(await server(), database, "DELETE FROM shop_order");
    await stack.must("restore", "--yes", "--dump", dumps.at(-1)?.file ?? "");
    expect(await orders()).toEqual({
      version: "1",
      secure: true,
      orders: ["from elsewhere", "after"],
    });
  });
});
