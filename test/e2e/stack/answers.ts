import { describe, expect, it } from "vitest";
import { ask, readNote, statusOf, firstLine, webSocketEcho, writeNote } from "../../support/app.js";
import { addressOn, allHealthy, containerOf, healthOf } from "../../support/inspect.js";
import { docker } from "../../support/docker.js";
import { canary, database, ports, stack } from "./shared.js";

/** What a stack is for: it answers. */
export function answers(): void {
  describe("up from nothing", () => {
    it("has every container healthy", async () => {
      expect(await healthOf(stack)).toEqual(allHealthy);
    });

    it("says where everything is", async () => {
      const names = (await Promise.all(workloads.map((each) => containerOf(stack, each)))).map(
        ({ Name }, index) => [workloads[index], Name.slice(1)],
      );
      expect(await stack.outputs()).toMatchObject({
        url: `http://localhost:${ports.http}`,
        version: "0.0.0",
        database,
        backups: "e2e-test-e2e-backups",
        image: expect.stringMatching(/^e2e\/app:[0-9a-f]{12}$/) as unknown,
        containers: Object.fromEntries(names) as unknown,
      });
    });

    it("hides a secret output from who does not ask for it", async () => {
      const shown = JSON.parse(await stack.must("outputs", "--json")) as Record<string, unknown>;
      expect(shown["migratorUrl"]).toBe("[secret]");
    });
  });

  describe("the app through the proxy", () => {
    it("answers on every path", async () => {
      const paths = ["/", "/health", "/ready", "/version"];
      expect(await statusOf(ports.http, ...paths)).toEqual(
        Object.fromEntries(paths.map((path) => [path, 200])),
      );
    });

    it("writes a row and reads it", async () => {
      const text = "Grüße aus dem Test; 'quoted' & <b>escaped</b>";
      const id = await writeNote(ports.http, text);
      expect(await readNote(ports.http, id)).toBe(text);
    });

    it("knows the client, and nobody can pretend to be another", async () => {
      const headers = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-host": "bank.example",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
        "x-real-ip": "203.0.113.7",
        forwarded: "for=203.0.113.7",
      };
      const { body } = await ask(ports.http, "/echo", { headers });
      const { gateway } = addressOn(await containerOf(stack, "proxy"), "edge");
      const seen = (JSON.parse(body) as { headers: Record<string, string> }).headers;
      expect(Object.fromEntries(Object.keys(headers).map((key) => [key, seen[key]]))).toEqual({
        // The connection comes through Docker's bridge: its address is the client's here.
        "x-forwarded-for": gateway,
        "x-forwarded-host": `localhost:${ports.http}`,
        "x-forwarded-proto": "http",
        "x-forwarded-port": String(ports.http),
        "x-real-ip": gateway,
        forwarded: undefined,
      });
    });

    it("is not reached by a name that is not configured", async () => {
      const hosts = ["evil.example", "localhost.evil.example", "172.17.0.1"].map((host) =>
        ask(ports.http, "/version", { headers: { host } }),
      );
      const refused = await Promise.all(hosts);
      expect(refused.map(({ status }) => status)).toEqual([421, 421, 421]);
      expect(refused[0]?.body).toBe("No site of this name is served here.\n");
      expect(await firstLine(ports.http, "GET /version HTTP/1.0\r\n\r\n")).toMatch(/ 421 /);
    });

    it("takes raw TCP", async () => {
      expect(await firstLine(ports.tcp, "ahoy\n")).toBe("ahoy");
    });

    it("takes WebSockets", async () => {
      expect(await webSocketEcho(ports.http, "ahoy")).toBe("ahoy");
    });

    it("has its secrets as files that are its own alone", async () => {
      const { Id } = await containerOf(stack, "app");
      const script = `require("node:fs").readdirSync(".").map((name) => {
        const { mode, uid, gid } = require("node:fs").statSync(name);
        return [name, (mode & 0o777).toString(8), uid, gid, require("node:fs").readFileSync(name, "utf8")];
      })`;
      const found = JSON.parse(
        await docker(["exec", "-w", "/run/secrets", Id, "node", "-p", `JSON.stringify(${script})`]),
      ) as [string, string, number, number, string][];
      expect(found.map(([name, ...about]) => [name, ...about.slice(0, 3)])).toEqual(
        ["CANARY", "DATABASE_URL", "KEY", "SESSION_SECRET"].map((n) => [n, "400", 10001, 10001]),
      );
      const values = Object.fromEntries(found.map(([name, , , , value]) => [name, value]));
      expect(values["CANARY"]).toBe(canary);
      expect(values["SESSION_SECRET"]).toMatch(/^[A-Za-z0-9]{64}$/);
      expect(Buffer.from(values["KEY"] ?? "", "base64")).toHaveLength(32);
    });
  });

  describe("a second up", () => {
    const nothing = { create: 0, update: 0, replace: 0, delete: 0 };

    it("changes nothing", async () => {
      expect((await stack.up()).changes).toMatchObject(nothing);
    });

    it("changes nothing after it has read what is really there", async () => {
      expect((await stack.up("--refresh")).changes).toMatchObject(nothing);
    });
  });
}

const workloads = ["app", "backup", "postgres", "proxy"] as const;
