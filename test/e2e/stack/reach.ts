import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker } from "../../support/docker.js";
import { addressOn, containerOf, containersOf } from "../../support/inspect.js";
import { noOutside, outside, startOutside, stopOutside } from "../../support/outside.js";
import { ports, stack } from "./shared.js";

/** What a TCP connection to an address of this machine comes to. */
function knock(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    socket.on("connect", () => {
      resolve("open");
      socket.destroy();
    });
    socket.on("timeout", () => {
      resolve("silent");
      socket.destroy();
    });
    socket.on("error", (error) => {
      resolve("code" in error ? String(error.code) : error.message);
    });
  });
}

/** Which of some addresses a new container on a network can connect to. */
async function openFrom(network: string, targets: Readonly<Record<string, string>>) {
  const image = (await containerOf(stack, "backup")).Config.Image;
  const script = `for target; do
    (timeout 4 bash -c "exec 3<>/dev/tcp/$target" 2>/dev/null && echo "$target") &
  done; wait`;
  const addresses = Object.values(targets);
  const args = ["--network", network, "--entrypoint", "bash", image, "-c", script, "_"];
  const found = (await docker(["run", "--rm", ...args, ...addresses])).split("\n");
  return Object.keys(targets).filter((name) => found.includes(targets[name] ?? ""));
}

/** `host/port` of everything in the stack that listens, by where it is. */
async function listeners() {
  const [app, postgres, proxy] = await Promise.all(
    (["app", "postgres", "proxy"] as const).map((each) => containerOf(stack, each)),
  );
  if (app === undefined || postgres === undefined || proxy === undefined) throw new Error("gone");
  return {
    "postgres on data": `${addressOn(postgres, "data").address}/5432`,
    "postgres on admin": `${addressOn(postgres, "admin").address}/5432`,
    "app on data": `${addressOn(app, "data").address}/3000`,
    "app on edge": `${addressOn(app, "edge").address}/3000`,
    "proxy on edge": `${addressOn(proxy, "edge").address}/8080`,
  };
}

/** Who can reach what. */
export function reach(): void {
  describe("from outside", () => {
    it("only the proxy's ports, and Postgres's on loopback, are published", async () => {
      const published = [...(await containersOf(stack))].flatMap(([workload, container]) =>
        Object.entries(container.NetworkSettings.Ports).flatMap(([inner, bindings]) =>
          (bindings ?? []).map((each) => `${workload} ${inner} ${each.HostIp}:${each.HostPort}`),
        ),
      );
      expect(published.sort()).toEqual([
        `postgres 5432/tcp 127.0.0.1:${ports.admin}`,
        `proxy ${ports.tcp}/tcp 127.0.0.1:${ports.tcp}`,
        `proxy 8080/tcp 127.0.0.1:${ports.http}`,
      ]);
    });

    it("Postgres answers on 127.0.0.1 and on no other address of this machine", async () => {
      expect(await knock("127.0.0.1", ports.admin)).toBe("open");
      const others = Object.values(networkInterfaces())
        .flatMap((each) => each ?? [])
        .filter((each) => !each.internal && each.family === "IPv4");
      const knocks = others.map(async ({ address }) => [
        address,
        await knock(address, ports.admin),
      ]);
      expect(others).not.toEqual([]);
      expect(await Promise.all(knocks)).toEqual(
        others.map(({ address }) => [address, "ECONNREFUSED"]),
      );
    });

    it("a container of nobody's reaches none of ours", async () => {
      expect(await openFrom("bridge", await listeners())).toEqual([]);
    });
  });

  describe("between the networks", () => {
    it("a container on edge reaches proxy and app, not the database", async () => {
      const { network } = addressOn(await containerOf(stack, "proxy"), "edge");
      expect(await openFrom(network, await listeners())).toEqual(["app on edge", "proxy on edge"]);
    });

    it("a container on data reaches the database, and has no way out", async () => {
      const { network } = addressOn(await containerOf(stack, "postgres"), "data");
      expect(await openFrom(network, await listeners())).toEqual([
        "postgres on data",
        "app on data",
      ]);
      expect(await docker(["network", "inspect", "--format", "{{.Internal}}", network])).toBe(
        "true",
      );
    });
  });

  describe.skipIf(noOutside !== undefined)(
    `a host outside${noOutside === undefined ? "" : ` (skipped: ${noOutside})`}`,
    () => {
      const targets = Object.fromEntries(
        ["443", "465", "587"].map((port) => [port, `${outside}/${port}`]),
      );
      beforeAll(() => startOutside(Object.keys(targets).map(Number)));
      afterAll(stopOutside);

      it("is reached by the app, over HTTPS and SMTP, and by nothing that is on data alone", async () => {
        const network = async (of: "data" | "edge") =>
          addressOn(await containerOf(stack, "app"), of).network;
        expect(await openFrom(await network("edge"), targets)).toEqual(["443", "465", "587"]);
        expect(await openFrom(await network("data"), targets)).toEqual([]);
      });
    },
  );
}
