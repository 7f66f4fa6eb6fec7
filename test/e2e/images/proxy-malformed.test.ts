// Requests and answers that break HTTP: refused, with the reason in the proxy's log.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp, docker, hardened, logs, root } from "../../support/docker.js";
import { startFront, type Front } from "../../support/front.js";
import { buildImages } from "../../support/images.js";
import { proxyTemplate } from "../../support/proxy.js";
import { put } from "../../support/put.js";

const prefix = "kpxmal";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  const image = (await buildImages("sample-app"))["sample-app"] ?? "";
  const script = readFileSync(join(root, "test/e2e/fixtures/proxy/malformed.cjs"), "utf8");
  const app = ["--name", `${prefix}-odd`, "--network", `${prefix}-net`, ...hardened];
  const command = ["--no-healthcheck", "--entrypoint", "node", image, "-e", script];
  await docker(["run", "--detach", ...app, ...command]);
  await put(front.proxy, { template: proxyTemplate({}), hosts: [`${prefix}-odd`] });
});
afterAll(() => cleanUp(prefix));

/** The status of the answer to bytes as they are. */
function send(head: string, body = ""): Promise<number> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(front.http, "127.0.0.1", () => {
      socket.write(Buffer.from(`${head}\r\nHost: localhost\r\nCookie: hidden-value\r\n${body}`));
    });
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString("latin1");
      const status = /^HTTP\/1\.1 (\d+)/.exec(got)?.[1];
      if (status === undefined) return;
      resolve(Number(status));
      socket.destroy();
    });
  });
}

const chunked = "Transfer-Encoding: chunked\r\n";
const said = (sentence: RegExp) =>
  expect.poll(() => logs(front.proxy), { timeout: 10_000 }).toMatch(sentence);

describe("what is malformed is refused, and its reason is in the log", () => {
  it.each([
    [
      "raw UTF-8 in a path",
      "GET /café HTTP/1.1",
      "\r\n",
      400,
      /refused as malformed: a request of \S+ in http: its first line has a byte that does not belong there, at byte 8: GET \/caf\\xC3\\xA9 /,
    ],
    [
      "a request with two Transfer-Encoding headers",
      "POST /echo HTTP/1.1",
      `${chunked}${chunked}\r\n0\r\n\r\n`,
      400,
      /a request of \S+ in http: its Transfer-Encoding stands there twice/,
    ],
    [
      "a request with two lengths",
      "POST /echo HTTP/1.1",
      "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      400,
      /a request of \S+ in http: its Content-Length is no number, or stands there again/,
    ],
    [
      "a request with a space in a header's name",
      "GET /text HTTP/1.1",
      "X Odd: hidden-value\r\n\r\n",
      400,
      /a request of \S+ in http: a byte that does not belong there, in or after the header X Odd/,
    ],
    [
      "an answer with two Transfer-Encoding headers",
      "GET /two-encodings HTTP/1.1",
      "\r\n",
      502,
      /an answer of only-1 to \S+ in app: its Transfer-Encoding stands there twice/,
    ],
    [
      "an answer with two lengths",
      "GET /two-lengths HTTP/1.1",
      "\r\n",
      502,
      /an answer of only-1 to \S+ in app: its Content-Length is no number, or stands there again/,
    ],
    [
      "an answer with a space in a header's name",
      "GET /odd-name HTTP/1.1",
      "\r\n",
      502,
      /an answer of only-1 to \S+ in app: a byte that does not belong there, in or after the header Set Cookie/,
    ],
  ])("%s", async (_what, head, body, status, sentence) => {
    expect(await send(head, body)).toBe(status);
    await said(sentence);
  });

  it("and no value of a header", async () => {
    expect(await logs(front.proxy)).not.toContain("hidden-value");
  });

  it("but a length alongside chunks is one request to everybody, and passes", async () => {
    expect(await send("POST /ready HTTP/1.1", `Content-Length: 1\r\n${chunked}\r\n0\r\n\r\n`)).toBe(
      200,
    );
  });
});
