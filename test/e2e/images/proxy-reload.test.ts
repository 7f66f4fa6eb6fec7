// @module-tag long
// Connections that clients keep, while HAProxy loads one changed configuration after the other.
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanUp } from "../../support/docker.js";
import { startFront, type Front } from "../../support/front.js";

const prefix = "kpxreload";
let front: Front;

beforeAll(async () => {
  await cleanUp(prefix);
  front = await startFront(prefix);
  await front.use();
});
afterAll(() => cleanUp(prefix));

/** A client that never looks whether its connection was closed before it asks again, as many pools do. */
class KeptConnection {
  #got = "";
  #ended = false;
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk: Buffer) => (this.#got += chunk.toString("latin1")));
    this.#socket.on("close", () => (this.#ended = true));
    this.#socket.on("error", () => (this.#ended = true));
  }

  /** @returns status, and whether the answer says that the connection ends; or what went wrong */
  async ask(): Promise<string> {
    if (this.#ended) return "closed while it was idle";
    this.#got = "";
    this.#socket.write("GET /text HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await expect
      .poll(() => this.#ended || this.#got.includes("\r\n\r\n"), { timeout: 10_000 })
      .toBe(true);
    const status = /^HTTP\/1\.1 (\d+)/.exec(this.#got)?.[1] ?? "closed without an answer";
    return /\r\nconnection: close\r\n/i.test(this.#got) ? `${status} and close` : status;
  }

  end(): void {
    this.#socket.destroy();
  }
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

describe("ten reloads in a row", () => {
  it("close no connection that waits for its client, however long it takes", async () => {
    const kept: KeptConnection[] = [];
    for (let n = 1; n <= 10; n += 1) {
      for (let each = 0; each < 5; each += 1) kept.push(new KeptConnection(front.http));
      expect(await Promise.all(kept.slice(-5).map((each) => each.ask()))).toEqual(
        Array.from({ length: 5 }, () => "200"),
      );
      expect(await front.use({ limits: { requestTimeout: `${10 + n}s` } })).toBe("reload");
    }
    // Longer than the half minute that an old process had until now.
    await pause(35_000);
    const answers = await Promise.all(kept.map((one) => one.ask()));
    for (const one of kept) one.end();
    expect(answers).toEqual(Array.from({ length: 50 }, () => "200 and close"));
  });
});
