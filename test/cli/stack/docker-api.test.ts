import { chmodSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DockerApi } from "#cli/stack/docker-api";
import { isAlive } from "#cli/stack/releases";
import { dockerAt } from "#lib/docker";
import { until } from "../../support/docker.js";

/** A `docker` that connects its standard input and output with a socket, as `system dial-stdio` does. */
const client = (socket: string) => `#!${process.execPath}
const socket = require("node:net").connect(${JSON.stringify(socket)});
process.stdin.pipe(socket).pipe(process.stdout);
// As Docker's does: it waits for the end of its input.
process.on("SIGTERM", () => undefined);
require("node:fs").writeFileSync(${JSON.stringify(`${socket}.`)} + process.pid, "");
`;

describe("DockerApi", () => {
  it("asks questions in a row over one process, many at once over four, and says what Docker answers to a bad one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "keelson-api-"));
    const socket = join(folder, "docker.sock");
    let connections = 0;
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/missing" ? 404 : 200;
      const { url } = request;
      response.end(JSON.stringify(url === "/missing" ? { message: "No such container" } : { url }));
    });
    server.on("connection", () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    writeFileSync(join(folder, "docker"), client(socket));
    chmodSync(join(folder, "docker"), 0o755);
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${folder}${delimiter}${path}`;
    const api = new DockerApi(dockerAt());
    try {
      expect(await api.get("/a")).toEqual({ url: "/a" });
      expect(await api.get("/b")).toEqual({ url: "/b" });
      await expect(api.get("/missing")).rejects.toThrow(
        'Docker does not answer /missing: {"message":"No such container"}',
      );
      expect(await api.get("/c")).toEqual({ url: "/c" });
      expect(connections).toBe(1);
      const many = ["/1", "/2", "/3", "/4", "/5", "/6", "/7"];
      expect(await Promise.all(many.map((each) => api.get(each)))).toEqual(
        many.map((url) => ({ url })),
      );
      expect(connections).toBe(4);
    } finally {
      process.env["PATH"] = path;
      api.close();
      server.close();
      const pids = readdirSync(folder).flatMap(
        (each) => /^docker\.sock\.(\d+)$/.exec(each)?.[1] ?? [],
      );
      expect(pids.length).toBe(4);
      await until("its clients end", () =>
        Promise.resolve(pids.every((pid) => !isAlive(`${pid}@${hostname()}`))),
      );
    }
  });
});
