import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { get, isUp, waitForApp } from "#cli/commands/start/answer";
import { dumpRefusal } from "#cli/commands/import";
import { maskedOutputs } from "#cli/commands/outputs";
import { portHolders, preflight } from "#cli/host/preflight";
import { publishedPorts } from "#config/facts";
import { protection } from "#cli/stack/protection";
import { settingsOf, targetOf } from "#cli/project/target";
import { keptText } from "#cli/stack/volumes";

const closing: { close: () => unknown }[] = [];
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
});

/** @param paths of what is asked, which are noted */
async function serving(statuses: number[], paths: (string | undefined)[] = []): Promise<number> {
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.statusCode = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200;
    response.end();
  });
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const local = settingsOf(targetOf({ stack: "local" }));
const quiet = () => undefined;
const health = { path: "/health" };

describe("waitForApp", () => {
  it("waits until the proxy has an app behind it", async () => {
    const port = await serving([503, 503, 200]);
    await waitForApp(`http://localhost:${port}`, "127.0.0.1", health, quiet, 10_000);
    expect(await get(`http://localhost:${port}`, "127.0.0.1")).toEqual({ status: 200 });
  });

  it("ends at its deadline with the last answer", async () => {
    const url = `http://localhost:${await serving([503])}`;
    await expect(waitForApp(url, "127.0.0.1", health, quiet, 0)).rejects.toThrow(
      `The app does not answer at ${url}/health after 0 s (the last answer: HTTP 503)`,
    );
  });

  it("asks the ready path, of an API that has nothing at /, for the statuses that are good", async () => {
    const paths: string[] = [];
    const url = `http://localhost:${await serving([401], paths)}`;
    const ready = { ...health, readyPath: "/api/ready?deep=1", statuses: [401] };
    await waitForApp(url, "127.0.0.1", ready, quiet, 0);
    expect(paths).toEqual(["/api/ready?deep=1"]);
  });

  it.each([
    [{ status: 200 }, true],
    [{ status: 204 }, true],
    [{ status: 308 }, false],
    [{ status: 421 }, false],
    [{ status: 503 }, false],
    [{ error: "ECONNREFUSED" }, false],
  ])("takes %j for an app: %s", (answer, up) => {
    expect(isUp(answer)).toBe(up);
  });
});

describe("preflight", () => {
  const docker = (args: readonly string[]) =>
    Promise.resolve({ code: 0, stdout: args[0] === "info" ? "/" : "", stderr: "" });

  it("names the stack whose container holds a port, such as this one's under its old name", async () => {
    const port = await serving([200]);
    const wanted = { setting: "proxy.httpPort", address: "127.0.0.1", port };
    const asked: (readonly string[])[] = [];
    const holds = (line: string) => (args: readonly string[]) => {
      asked.push(args);
      return Promise.resolve({ code: 0, stdout: `${line}\n`, stderr: "" });
    };
    const of = (name: string, published: string, ids: readonly string[] = []) => {
      const line = `x0\tother\t\t\t\ti\t9000/tcp\nc1\t${name}\t${published}`;
      return portHolders(holds(line), [wanted, wanted], new Set(ids));
    };
    const publishes = `shop\told\tproxy\ti\t0.0.0.0:${String(port)}->8080/tcp, :::${String(port)}->8080/tcp`;
    const holder = { own: false, name: "the container shop-old-proxy of the stack old" };
    const looked = { wanted, holder };
    expect(await of("shop-old-proxy", publishes)).toEqual([looked, looked]);
    // Once for both.
    expect(asked).toHaveLength(1);
    const [own] = await of("shop-old-proxy", publishes, ["c1"]);
    expect(own?.holder?.own).toBe(true);
    const range = `\t\t\ti\t127.0.0.1:${String(port - 1)}-${String(port + 1)}->8000-8002/tcp`;
    const [other] = await of("nginx", range);
    expect(other?.holder).toEqual({ own: false, name: "the container nginx" });
    // It is this process that listens.
    const [process] = await of("nginx", "\t\t\ti\t8080/tcp");
    expect(process?.holder?.name).not.toContain("nginx");
  });

  it("wants the ports that the settings publish", () => {
    const settings = {
      ...local,
      proxy: { ...local.proxy, tls: { certificates: [], mode: "self-signed" as const }, tcp: [] },
    };
    const names = (of: typeof local) => publishedPorts(of).map((each) => each.setting);
    expect(names(settings)).toEqual(["proxy.httpPort", "proxy.httpsPort", "postgres.adminPort"]);
    expect(names({ ...local, proxy: { ...local.proxy, tcp: [] } })).toEqual([
      "proxy.httpPort",
      "postgres.adminPort",
    ]);
  });

  it("names the holder of a port that is taken", async () => {
    const server = createTcpServer();
    closing.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const settings = { ...local, proxy: { ...local.proxy, httpPort: port, tcp: [] } };
    await expect(preflight(docker, settings, new Set())).rejects.toThrow(
      new RegExp(
        `^Port ${port} \\(proxy\\.httpPort\\) is taken by .+ \\(pid ${process.pid}\\); stop that, or set another proxy\\.httpPort\\.`,
      ),
    );
  });
});

describe("protection", () => {
  it("refuses to destroy what the settings protect, and says the way", () => {
    const settings = { ...local, postgres: { ...local.postgres, protect: true } };
    expect(protection(settings, "prod")).toBe(
      "The data of prod is protected by postgres.protect; to lose it for good add --destroy-data, " +
        "or set this to false and run keelson up first.",
    );
    expect(protection(local, "local")).toBeUndefined();
  });
});

describe("keptText", () => {
  it("names the volumes and the command that would remove them", () => {
    expect(keptText(["a-data", "a-dumps"])).toEqual([
      "Kept: the volumes a-data, a-dumps.",
      "This would remove the data for good: docker volume rm a-data a-dumps",
    ]);
  });
});

describe("dumpRefusal", () => {
  const live = (...tables: string[]) => ({
    rows: Object.fromEntries(tables.map((table) => [table, 1])),
    major: 17,
  });

  const dump = (major: number, kind: "archive" | "sql" = "archive") => ({
    major,
    kind,
    tool: "18.1",
  });

  it("takes an older dump into an empty database, or with --replace instead of what is there", () => {
    expect(dumpRefusal(dump(15), live("keelson.migrations"), false)).toBeUndefined();
    expect(dumpRefusal(dump(17), live("public.a"), true)).toBeUndefined();
  });

  it("refuses a newer server's dump", () => {
    expect(dumpRefusal(dump(18), live(), true)).toBe(
      "The dump is of PostgreSQL 18 (made by pg_dump 18.1), the stack runs 17, and pg_dump 17 reads no newer server. " +
        "Write it as SQL with the tools of 18, and import that: `pg_restore --no-owner --file=dump.sql <file>`; what 17 does not know fails by name then.",
    );
    expect(dumpRefusal(dump(18, "sql"), live(), true)).toBeUndefined();
  });

  it("refuses a database with tables, and names them", () => {
    expect(dumpRefusal(dump(17), live("public.b", "public.a"), false)).toContain(
      "it holds public.a, public.b. Pass --replace to put the dump in its place",
    );
  });
});

describe("maskedOutputs", () => {
  it("shows a secret only when asked", () => {
    const outputs = { key: { value: "s", secret: true }, url: { value: "u", secret: false } };
    expect(maskedOutputs(outputs, false)).toEqual({ key: "[secret]", url: "u" });
    expect(maskedOutputs(outputs, true)).toEqual({ key: "s", url: "u" });
  });
});
