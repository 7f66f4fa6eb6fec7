// A fault before and after every command of a migration that empties its database: what was there is there, or the
// message names that it is not, and the next run brings the stack up.
import { describe, expect, it } from "vitest";
import type { Docker } from "#lib/docker";
import type { CommandResult, RunOptions } from "#lib/run-process";
import { countSql, resetSql } from "#release/migration/reset";
import type { StepContext } from "#release/step-context";
import { bad, good, MigrationHost, type Stepped } from "../support/migration-host.js";
import { faults, Killed, type Fault } from "../support/stand-in.js";

/** A host with a database, and a migration that fails on its old data and passes on an empty one. */
class Host extends MigrationHost {
  content: "old" | "empty" | "new" = "old";
  calls: string[] = [];
  #fault: { readonly at: number; readonly fault: Fault } | undefined;
  #isDead = false;

  arm(at: number, fault: Fault): void {
    this.#fault = { at, fault };
  }

  override context(environment: Readonly<Record<string, string>>): StepContext {
    return { ...super.context(environment), docker: this.faulty };
  }

  /** One run of the step on these data, by a new process. */
  next(): Host {
    const host = new Host();
    host.content = this.content;
    return host;
  }

  readonly faulty: Docker = async (args, options = {}) => {
    if (this.#isDead) throw new Killed();
    this.calls.push(args.slice(0, 2).join(" "));
    const fault = this.calls.length === this.#fault?.at ? this.#fault.fault : undefined;
    this.#isDead = fault?.startsWith("is killed") === true;
    if (fault === "is killed before") throw new Killed();
    if (fault === "fails") return bad(1, "injected");
    const result = await this.#answer(args, options);
    if (fault === "is killed after") throw new Killed();
    return fault === "fails though done" ? { ...result, code: 1, stderr: "injected" } : result;
  };

  async #answer(args: readonly string[], options: RunOptions): Promise<CommandResult> {
    const input = typeof options.input === "string" ? options.input.trim() : "";
    if (input === resetSql) this.content = "empty";
    if (input === countSql) return good(this.content === "empty" ? "0\n" : "3\n");
    const result = await this.docker(args, options);
    if (args[0] !== "start") return result;
    if (this.content === "old") return bad(1, "relation exists");
    this.content = "new";
    return good();
  }
}

/** What came of a run: undefined where it was killed. */
async function step(host: Host): Promise<Stepped | undefined> {
  try {
    return await host.step({ MIGRATION_RESET: "1" });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return undefined;
  }
}

const said = (host: Host) => host.said.join("\n");

describe("a migration that empties its database", () => {
  it.each(faults)("where a command %s loses nothing unsaid", async (fault) => {
    const whole = new Host();
    await step(whole);
    expect(whole.content).toBe("new");
    expect(whole.calls.length).toBeGreaterThan(10);
    for (const [index, call] of whole.calls.entries()) {
      const host = new Host();
      host.arm(index + 1, fault);
      const stepped = await step(host);
      const what = `${fault} at ${String(index + 1)}: ${call}`;
      // Nothing is lost that was not announced before, whatever comes of it.
      const announced = said(host).includes("EMPTYING THE DATABASE shop_local, ALL ITS DATA");
      expect([what, host.content !== "old" && !announced]).toEqual([what, false]);
      if (stepped?.failure !== undefined) {
        const named = /emptied before|NOT KNOWN/.test(stepped.failure);
        expect([what, named]).toEqual([what, host.content !== "old"]);
      }
      const next = host.next();
      expect([what, (await step(next))?.failure, next.content]).toEqual([what, undefined, "new"]);
    }
  });

  it.each<[string, string | undefined, RegExp | undefined]>([
    [
      "that is as it was",
      "3\n",
      /could not be emptied: ERROR: {2}lock timeout\. All that was in it is there\. The schema changed/,
    ],
    ["that can't be looked at", undefined, /\. WHETHER ITS DATA ARE LOST IS NOT KNOWN: gone\. /],
    // The answer to the commit was lost.
    ["that is empty", "0\n", undefined],
  ])(
    "says what is known of a database %s where emptying it fails",
    async (_how, count, failure) => {
      const host = new MigrationHost();
      host.runs = [() => bad(1)];
      host.superuser = ({ input }) => {
        const sql = typeof input === "string" ? input.trim() : "";
        if (sql === resetSql) return bad(3, "ERROR:  lock timeout\n");
        if (sql !== countSql) return good();
        return count === undefined ? bad(2, "gone") : good(count);
      };
      const stepped = await host.step({ MIGRATION_RESET: "1" });
      if (failure === undefined) expect(stepped.failure).toBeUndefined();
      else expect(stepped.failure).toMatch(failure);
    },
  );
});
