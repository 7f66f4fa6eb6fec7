// Two addresses of `proxy.bind`, the path for a load balancer in front, and whom the proxy takes a client for.
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, docker, hardened, untilHealthy } from "../../support/docker.js";
import { startFront } from "../../support/front.js";
import { buildImages, volume } from "../../support/images.js";
import { proxyWorkload } from "#components/proxy";
import { proxySettings } from "#components/proxy/settings";
import { proxyTemplate } from "../../support/proxy.js";
import { put } from "../../support/put.js";
import { takePorts } from "../../support/claims.js";

const prefix = "kpxaddr";
const proxy = `${prefix}-both`;
const ports = await takePorts("http");
const settings = { bind: ["0.0.0.0", "::"], httpPort: ports.http, healthPath: "/proxy-health" };

beforeAll(async () => {
  await cleanUp(prefix);
  await startFront(prefix);
  const tags = await buildImages("proxy", "jobs");
  await volume(tags, `${prefix}-both-config`, 99);
  // As the program publishes them.
  const published = proxyWorkload(proxySettings.parse(settings)).ports.flatMap(
    ({ ip, external, internal }) => [
      "--publish",
      `${ip.includes(":") ? `[${ip}]` : ip}:${String(external)}:${String(internal)}`,
    ],
  );
  const storage = ["--tmpfs", "/run/haproxy:uid=99,gid=99", "--volume", `${proxy}-config:/config`];
  const of = ["--network", `${prefix}-net`, "--user", "99:99", ...hardened, ...storage];
  const health = ["--health-interval", "1s", tags["proxy"] ?? ""];
  await docker(["run", "--detach", "--name", proxy, ...of, ...published, ...health]);
  await untilHealthy(proxy);
  await put(proxy, { template: proxyTemplate(settings), hosts: [`${prefix}-one`] });
});
afterAll(() => cleanUp(prefix));

/** Status, and the address that the app gets; none where the app is not asked. */
function ask(host: string, path: string, name: string): Promise<[number, string | undefined]> {
  return new Promise((resolve, reject) => {
    const to = { host, port: ports.http, path, headers: { host: name }, agent: false };
    request(to, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        const address = /"x-forwarded-for":"([^"]+)"/.exec(text)?.[1];
        resolve([response.statusCode ?? 0, address]);
      });
    })
      .on("error", reject)
      .end();
  });
}

/** This machine's own address of a kind, other than loopback. */
function own(family: "IPv4" | "IPv6"): string {
  const found = networkInterfaces()["eth0"]?.find(
    (each) => each.family === family && !each.address.startsWith("fe80:"),
  );
  if (found === undefined) throw new Error(`this machine has no address of ${family} on eth0`);
  return found.address;
}

describe("a proxy at 0.0.0.0 and ::", () => {
  it("answers by IPv4 and by IPv6", async () => {
    for (const address of ["127.0.0.1", "::1", own("IPv4"), own("IPv6")]) {
      expect([address, (await ask(address, "/text", "localhost"))[0]]).toEqual([address, 200]);
    }
  });

  it("sees the address of a client of IPv4, and Docker's own in the place of one of IPv6", async () => {
    const [, ipv4] = await ask(own("IPv4"), "/echo", "localhost");
    const [, ipv6] = await ask(own("IPv6"), "/echo", "localhost");
    const gateway = await docker([
      "network",
      "inspect",
      "--format",
      "{{(index .IPAM.Config 0).Gateway}}",
      `${prefix}-net`,
    ]);
    expect({ ipv4, ipv6 }).toEqual({ ipv4: own("IPv4"), ipv6: gateway });
  });

  it("says that it is there to who asks by address, and nothing else", async () => {
    for (const address of ["127.0.0.1", "::1"]) {
      const name = address.includes(":") ? `[${address}]` : address;
      expect(await ask(address, "/proxy-health", name)).toEqual([200, undefined]);
      expect(await ask(address, "/text", name)).toEqual([421, undefined]);
    }
    // By a name of its own the path is the app's.
    const [status, address] = await ask("127.0.0.1", "/proxy-health", "localhost");
    expect([status, address]).toEqual([200, expect.any(String)]);
  });
});
