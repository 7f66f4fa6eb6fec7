// Releases of the difficult app over a good old version, each under clients of every kind.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Release } from "#cli/stack/releases";
import { takePorts } from "../../support/claims.js";
import { buildImage, docker, until } from "../../support/docker.js";
import { fixtureImage } from "../../support/fixture-image.js";
import { instancesOf } from "../../support/inspect.js";
import { long } from "../../support/long.js";
import { generator } from "../../support/random.js";
import { Server } from "../../support/roles.js";
import { Stack } from "../../support/stack.js";
import { expectWhole } from "../../support/whole.js";
import { ask, Clients, type Address } from "./load.js";
import { inTurn } from "./sample.js";
import { oldHead, oldSections, sectionsOf, versionOf, type Images } from "./sections.js";
import { cover, expectationOf, nameOf, type Row } from "./settings.js";
import { failuresIn, versionsIn } from "./verdict.js";

/** The rows of `npm test` are the same each time; others are tried with another seed. */
const seed = Number(process.env["KEELSON_SEED"] ?? 1);

/** As many rows and no others, where it is set. */
const sample = process.env["KEELSON_SAMPLE"];
const unchanged = { create: 0, update: 0, replace: 0, delete: 0 };

/**
 * The rows of the cover with such a `tls`, a test each.
 * @param name of the stack
 * @param shown rows that are in `npm test`
 * @param part of the rows, such as the second of two; a whole cover is longer than a shard
 */
export async function difficultApp(
  name: `test-${string}`,
  tls: Row["tls"],
  shown: number,
  part: { readonly part: number; readonly of: number },
): Promise<void> {
  const ports = await takePorts("http", "https", "admin");
  const rows = cover(generator(seed)).filter((row) => row.tls === tls);
  const numbered = inTurn(rows).map((row) => ({ row, number: rows.indexOf(row) + 1 }));
  // Each three of them have one of each result.
  const ours = numbered.filter((_, index) => Math.floor(index / 3) % part.of === part.part - 1);
  const chosen = ours.slice(0, sample === undefined ? undefined : Number(sample));
  const address = { port: tls === "off" ? ports.http : ports.https, secure: tls !== "off" };
  const trial = new Trial(name, ports, tls, address);

  describe(`the difficult app, TLS ${tls}, seed ${seed}`, () => {
    beforeAll(() => trial.begin());
    afterAll(() => trial.end());

    it.each(chosen.slice(0, shown).map((each) => ({ ...each, called: calledOf(each) })))(
      "$called",
      ({ row, number }) => trial.of(row, number),
    );
    it.each(chosen.slice(shown).map((each) => ({ ...each, called: calledOf(each) })))(
      "$called",
      long,
      ({ row, number }) => trial.of(row, number),
    );
  });
}

const calledOf = ({ row, number }: { row: Row; number: number }) => `${number}: ${nameOf(row)}`;

/** One stack, whose old version is followed by each row's, and comes back. */
class Trial {
  readonly #stack: Stack;
  readonly #address: Address;
  readonly #server: Server;
  #images: Images = { plain: "", shellLess: "" };
  #clients: Clients | undefined;

  constructor(
    name: `test-${string}`,
    ports: { readonly http: number; readonly https: number; readonly admin: number },
    tls: Row["tls"],
    address: Address,
  ) {
    this.#stack = new Stack(name, {
      postgres: { adminPort: ports.admin },
      database: { name: "difficult" },
      proxy: {
        httpPort: ports.http,
        httpsPort: ports.https,
        tls: { mode: tls },
        redirects: { https: false },
      },
      backup: { enabled: false },
    });
    this.#address = address;
    this.#server = new Server(this.#stack, ports.admin, "difficult");
  }

  async begin(): Promise<void> {
    await this.#stack.sweep();
    const plain = await fixtureImage("difficult-app", await buildImage("sample-app"));
    this.#images = { plain, shellLess: await fixtureImage("shell-less", plain) };
    this.#stack.configure(oldSections(this.#images));
    await this.#stack.up();
    this.#clients = new Clients(this.#address);
  }

  async end(): Promise<void> {
    await this.#clients?.stop();
    await this.#stack.remove();
  }

  /** Releases a row's version, and brings the old one back. */
  async of(row: Row, number: number): Promise<void> {
    const began = performance.now();
    try {
      await this.#release(row, number, began);
    } catch (error) {
      // The next row is to find the old version.
      await this.#restore();
      throw error;
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${number}: ${expectationOf(row).result} as expected, ${seconds} s`);
  }

  async #release(row: Row, number: number, began: number): Promise<void> {
    const expectation = expectationOf(row);
    const isLive = expectation.result === "live";
    this.#stack.configure(sectionsOf(row, number, this.#images));
    const { code, stdout, stderr } = await this.#stack.keelson("up");
    const text = stdout + stderr;
    const versions = versionsIn(this.#asked(began));
    const away = code === 0 && row.behaviour.app.killer === true ? await this.#killed() : undefined;
    const record = await this.#newest();
    if (record.result !== expectation.result) {
      // Nothing to roll back, or to roll back to: what it was is all that can be said.
      const { result, reason, watch } = record;
      const said = JSON.stringify({ code, result, reason, watch, versions });
      throw new Error(`${expectation.result} is right, but it was ${said}\n${text}`);
    }
    const changes = isLive ? await this.#backFromLive() : await this.#back();
    const asked = this.#asked(began).filter(
      (each) => away === undefined || each.ended < away.from || each.began > away.to,
    );
    const failures = failuresIn(asked, row, expectation);
    const says = isLive ? /create/ : expectation.caught.says;
    const problems = { code, changes, versions, failures };
    console.log(`${number}: ${JSON.stringify({ ...problems, failures: failures.slice(0, 5) })}`);
    expect({
      code,
      result: record.result,
      version: record.version,
      changes,
      versions: versions.toSorted(),
      failures: failures.slice(0, 10),
      text,
      reason: record.reason ?? "",
    }).toEqual({
      code: isLive ? 0 : 1,
      result: expectation.result,
      version: versionOf(number),
      changes: expect.objectContaining(unchanged) as unknown,
      versions: expectation.result === "failed" ? ["old"] : ["old", versionOf(number)],
      failures: [],
      text: expect.stringMatching(says) as unknown,
      reason: isLive ? "" : (expect.stringMatching(expectation.caught.says) as unknown),
    });
    // The history counts what clients saw of the proxy.
    if (row.behaviour.cuts !== true && row.behaviour.met === undefined) {
      expect(record.failed).toBe(0);
    }
    await expectWhole(this.#stack);
  }

  #asked(since: number) {
    return this.#clients?.since(since) ?? [];
  }

  async #newest(): Promise<Release> {
    const text = await this.#stack.must("releases", "--json");
    const [newest] = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Release[];
    if (newest === undefined) throw new Error("there is no release");
    return newest;
  }

  /** The old settings after a release that failed: there is nothing to do. Also where the database has moved on. */
  async #back() {
    this.#stack.configure(oldSections(this.#images));
    const { changes } = await this.#stack.up();
    await this.#setHead(oldHead);
    return changes;
  }

  /** The old settings after one that is live: a release of the old version, and then there is nothing to do. */
  async #backFromLive() {
    this.#stack.configure(oldSections(this.#images));
    // A database that both can use.
    await this.#setHead(0);
    await this.#stack.up();
    await this.#setHead(oldHead);
    return (await this.#stack.up()).changes;
  }

  /** Past every gate, whatever is in service. */
  async #restore(): Promise<void> {
    this.#stack.configure(oldSections(this.#images));
    this.#stack.configure({ release: { smoke: [], watch: { window: null } } });
    await this.#setHead(0);
    await this.#stack.keelson("up");
    await this.#setHead(oldHead);
    this.#stack.configure(oldSections(this.#images));
    await this.#stack.keelson("up");
  }

  /** Not by the app, which may be down. */
  #setHead(number: number): Promise<unknown> {
    return this.#server.as("app", `UPDATE head SET n = ${number}`);
  }

  /**
   * One request ends at most two processes, and the others go on.
   *
   * @returns the time in which the proxy may have led others to the two that ended
   */
  async #killed(): Promise<{ readonly from: number; readonly to: number }> {
    const from = performance.now();
    const ids = (await instancesOf(this.#stack, "app")).map(({ Id }) => Id);
    const restarts = async () => {
      const counts = await docker(["inspect", "--format", "{{.RestartCount}}", ...ids]);
      return counts.split("\n").reduce((sum, each) => sum + Number(each), 0);
    };
    expect(await restarts()).toBe(0);
    await ask(this.#address, { path: "/kill" });
    await until("the killed are back", async () => {
      const { status } = await ask(this.#address, { path: "/" });
      return status === 200 && (await restarts()) > 0;
    });
    const ended = await restarts();
    if (ids.length > 1) expect(ended).toBeLessThanOrEqual(2);
    console.log(`one GET ended ${ended} of ${ids.length} processes`);
    return { from, to: performance.now() };
  }
}
