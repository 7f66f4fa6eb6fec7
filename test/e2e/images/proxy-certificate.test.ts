// Certificates of the user's own, exchanged in a real proxy while clients are on it.
import { Agent, request } from "node:https";
import { connect, type PeerCertificate } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificates, certificatesRemove } from "#release/certificates";
import { processContext } from "#release/step-context";
import { dockerAt } from "#lib/docker";
import { bundle, inDays, issue, type Issued } from "../../support/certificates.js";
import { cleanUp, docker, publishedPort, untilHealthy } from "../../support/docker.js";
import { startFront, type Front } from "../../support/front.js";

const prefix = "kpxcert";
const tls = { tls: { mode: "files", certificateSecret: "TLS" } };
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  await take(issue({ domains: ["localhost"] }));
  await front.use(tls);
});
afterAll(() => cleanUp(prefix));

const contextOf = (input = "") => ({
  ...processContext(dockerAt()),
  environment: { PROXY: front.proxy, NAMES: "files" },
  input: () => Promise.resolve(input),
});

/** The step of a release, with a PEM for the one name. */
function take(issued: Issued, ...chain: string[]): Promise<void> {
  const pem = bundle(issued.certificate, ...chain, issued.key);
  return certificates(contextOf(`files ${Buffer.from(pem).toString("base64")}\n`));
}

/** What a new client gets to see. */
function served(port = front.https): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const to = { host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false };
    const socket = connect(to, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const validUntil = async (port?: number) => new Date((await served(port)).valid_to);

function ask(agent: Agent | false): Promise<string> {
  return new Promise((resolve) => {
    const headers = { host: "localhost" };
    const to = { host: "127.0.0.1", port: front.https, rejectUnauthorized: false };
    request({ ...to, path: "/echo", headers, agent }, (response) => {
      response.resume().on("end", () => {
        resolve(String(response.statusCode));
      });
    })
      .on("error", (error) => {
        resolve(error.message);
      })
      .end();
  });
}

/** What clients get while something is done: two that reconnect, and four that keep their connection. */
async function underTraffic(work: () => Promise<void>) {
  const seen: string[] = [];
  let stopping = false;
  const client = async (agent: Agent | false) => {
    while (!stopping) seen.push(await ask(agent));
    if (agent !== false) agent.destroy();
  };
  const kept = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const all = [false, false, ...kept].map((each) => client(each as Agent | false));
  try {
    await work();
  } finally {
    stopping = true;
    await Promise.all(all);
  }
  return { requests: seen.length, answers: [...new Set(seen)] };
}

const pid = async () =>
  /^Pid: \d+/m.exec(
    await docker([
      "exec",
      front.proxy,
      "sh",
      "-c",
      "echo show info | socat - UNIX-CONNECT:/run/haproxy/admin.sock",
    ]),
  )?.[0];

describe("a renewed certificate", () => {
  it("is exchanged for the one of before without a refused request, and outlasts a restart", async () => {
    const before = await pid();
    const ends = [30, 60, 365].map(inDays);
    const { requests, answers } = await underTraffic(async () => {
      for (const [index, to] of ends.entries()) {
        // Another kind of key is a certificate like any other.
        const kind = index === 1 ? { rsaBits: 2048 } : {};
        await take(issue({ domains: ["localhost"], to, ...kind }));
        expect(await validUntil()).toEqual(to);
      }
    });
    expect([answers, await pid()]).toEqual([["200"], before]);
    expect(requests).toBeGreaterThan(100);
    await docker(["restart", front.proxy]);
    await untilHealthy(front.proxy);
    expect(await validUntil(await publishedPort(front.proxy, 8443))).toEqual(ends[2]);
    front = { ...front, https: await publishedPort(front.proxy, 8443) };
  });

  it("that HAProxy does not take leaves the one of before in service, and is said", async () => {
    const before = await validUntil();
    const [one, other] = [issue({ domains: ["localhost"] }), issue({ domains: ["localhost"] })];
    await expect(take({ ...one, key: other.key })).rejects.toThrow(
      /the one of before stays in service: [\s\S]*inconsistencies between private key and certificate/,
    );
    await expect(take({ ...one, key: "" })).rejects.toThrow(/No Private Key/i);
    expect(await validUntil()).toEqual(before);
    await docker(["restart", front.proxy]);
    await untilHealthy(front.proxy);
    front = { ...front, https: await publishedPort(front.proxy, 8443) };
    expect(await validUntil()).toEqual(before);
  });

  it("with a long chain, blank lines and CRLF is taken whole", async () => {
    const root = issue({ name: "a root" });
    const chain = Array.from(
      { length: 6 },
      (_, n) => issue({ name: `${n}`, by: root }).certificate,
    );
    const to = inDays(200);
    const own = issue({ domains: ["localhost"], to, by: root, rsaBits: 4096 });
    const certificate = `Bag Attributes\r\n\r\n${own.certificate.replaceAll("\n", "\r\n")}\r\n\n`;
    await take({ ...own, certificate }, ...chain);
    expect(await validUntil()).toEqual(to);
  });
});

describe("a certificate that the proxy serves no more", () => {
  const key = () => docker(["exec", front.proxy, "sh", "-c", "ls /config/tls"]);

  it("is removed with its key, and not before", async () => {
    await certificatesRemove(contextOf());
    expect(await key()).toContain("files.pem");
    await front.use({});
    await certificatesRemove(contextOf());
    expect(await key()).not.toContain("files.pem");
  });
});
