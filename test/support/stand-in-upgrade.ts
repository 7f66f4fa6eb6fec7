// The stand-in for Docker, with what an upgrade of the data asks for.
import type { CommandResult } from "#lib/run-process";
import type { UpgradeReport } from "#cli/documents/upgrade";
import { bad, good, StandIn, type Server } from "./stand-in.js";

/** A stack whose data an upgrade replaces: `old` is live on PostgreSQL 15, `new` will be on 17. */
export class UpgradeStandIn extends StandIn {
  readonly reports: UpgradeReport[] = [];
  private major = 15;

  protected override answer(args: readonly string[]): CommandResult {
    const [command = "", first = "", second = ""] = args;
    if (command === "volume" || command === "image") return good("there");
    if (command === "rm") return this.remove(args.at(-1) ?? "");
    if (command === "inspect" && second === "{{json .Mounts}}") return good([]);
    if (command === "inspect" && second === "{{json .Config.Env}}") return good([]);
    if (command === "exec" && first === "drill") return good(this.reports);
    if (command === "exec" && args.at(-2) === "sh") return this.look();
    if (command === "run" && args.includes("--entrypoint")) return this.look();
    if (command === "run" && args.at(-1) === "apply") return this.apply();
    return super.answer(args);
  }

  /** As `docker rm --force`, which is content with what is not there. */
  private remove(id: string): CommandResult {
    this.running.delete(id);
    return good();
  }

  private look(): CommandResult {
    return good(`major ${String(this.major)}\ncluster ${String(this.major)}00\n`);
  }

  private apply(): CommandResult {
    if (this.running.has("postgres")) return bad("a server is running on the data volume");
    const upgraded: Server = new Map([["live", { content: "new" }]]);
    this.slots.set("before", { data: this.server, restored: upgraded, state: { phase: "done" } });
    this.server = upgraded;
    this.major = 17;
    const [startedAt, endedAt] = ["2026-03-01T10:00:00Z", "2026-03-01T10:00:09Z"];
    const report: UpgradeReport = {
      id: `upgrade-${String(this.reports.length)}`,
      kind: "apply",
      ok: true,
      error: null,
      from: 15,
      to: 17,
      image: "upgrade:1",
      startedAt,
      endedAt,
      seconds: 9,
      steps: {},
      checks: [],
    };
    this.reports.push(report);
    return good(report);
  }
}
