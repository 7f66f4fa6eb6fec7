// A real server whose disk is full from any command on, with the data that it has and those of a dump.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { dockerAt, type Docker } from "#lib/docker";
import { BareServer } from "../../support/bare-server.js";
import { dumpOf, fingerprint, restored, superuser } from "../../support/dumps.js";

/** The server, and what a test does with it. */
export class FullDisk {
  readonly at: BareServer;
  readonly #folder = mkdtempSync(join(tmpdir(), "keelson-full-"));
  /** A dump of other data than the server has. */
  readonly file = join(this.#folder, "a.dump");
  /** Fingerprints of the data that it has, and of the dump's. */
  old = "";
  imported = "";

  /** It is there for the tests of a file. @param prefix first part of the names on the host */
  constructor(prefix: `test-${string}`) {
    this.at = new BareServer(prefix, 512);
    beforeAll(() => this.#begin());
    afterAll(async () => {
      await this.at.remove();
      rmSync(this.#folder, { recursive: true });
    });
  }

  async #begin(): Promise<void> {
    const { at, file } = this;
    await at.start();
    const tables =
      "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1); SELECT lo_from_bytea(7, 'x');";
    await superuser(at.name, at.database, `SET ROLE "${at.database}_owner"; ${tables}`);
    const wide = "CREATE TABLE t AS SELECT repeat('x', 999) AS a FROM generate_series(1, 5000)";
    await dumpOf(at.name, wide, file);
    this.old = await this.live();
    await at.import(file, { replace: true });
    this.imported = await this.live();
    await at.restore("undo");
    await at.restore("discard");
  }

  /** Fingerprint of the data that are live. */
  live(): Promise<string> {
    return fingerprint(this.at.name, this.at.database);
  }

  /** Names of the databases that a restore has made or kept. */
  others(): Promise<string[]> {
    return restored(this.at.name);
  }

  /** Finishes what was begun, and brings the old data back. */
  async bringBack(what: string): Promise<void> {
    await this.at.take(() => Promise.resolve());
    if ((await this.live()) === this.imported) {
      const kept = (await this.others()).filter((each) => each.startsWith("keelson_before"));
      expect([what, kept.length]).toEqual([what, 1]);
      await this.at.restore("undo");
    }
    expect([what, await this.live()]).toEqual([what, this.old]);
    if ((await this.others()).length > 0) await this.at.restore("discard");
    expect([what, await this.others()]).toEqual([what, []]);
  }

  /**
   * Does it with the disk full from each of its commands on, as many as it gives; `check` sees what came of it.
   *
   * @returns the number of commands
   */
  async fullAtEach(
    act: (docker: Docker) => Promise<unknown>,
    check: (what: string, error: unknown) => Promise<void>,
  ): Promise<number> {
    for (let number = 1; ; number++) {
      const { docker, calls } = this.#filling(number);
      let error: unknown;
      try {
        await act(docker);
      } catch (thrown) {
        error = thrown;
      }
      if (calls.length < number) return number - 1;
      await this.at.makeRoom();
      await check(`full at ${String(number)}: ${calls[number - 1] ?? ""}`, error);
      // What was written ahead takes room until then.
      await superuser(this.at.name, "postgres", "CHECKPOINT");
    }
  }

  /** A client that finds the disk full from its call of a number on. */
  #filling(number: number): { docker: Docker; calls: string[] } {
    const calls: string[] = [];
    const docker: Docker = async (args, options) => {
      calls.push(args.join(" "));
      if (calls.length === number) await this.at.fill();
      return dockerAt()(args, options);
    };
    return { docker, calls };
  }
}
