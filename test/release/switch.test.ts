import { describe, expect, it } from "vitest";
import { ProxyGone } from "#release/proxy-session";
import { switchOver } from "#release/switch";
import { ok } from "../support/fake-haproxy.js";
import { addressOf } from "../support/fake-worker.js";
import {
  begun,
  endingAfter,
  switchParameters,
  template,
  WATCH,
  world,
} from "../support/step-world.js";

const question = {
  path: "/",
  method: "GET",
  headers: {},
  secretHeaders: {},
  status: [200],
  json: {},
  answerHeaders: {},
  retries: 0,
  retryPauseSeconds: 1,
};
const CHECKS = JSON.stringify({ timeout: 30, checks: [question] });
function release(environment: Readonly<Record<string, string>> = {}, input = template) {
  const here = world({ ...switchParameters, ...environment }, input);
  here.fresh.health = "healthy";
  begun(here.proxy);
  const run = () => switchOver(here.context, here.proxy.converse);
  return { ...here, run };
}

/** What served before it is looked at in turn, without repeats. */
function servedIn(proxy: ReturnType<typeof world>["proxy"]): string[] {
  const served: string[] = [];
  proxy.before = () => {
    const now = proxy.serving().join();
    if (now !== served.at(-1)) served.push(now);
  };
  return served;
}

describe("switchOver", () => {
  it("leads to the new container, drains the old one, and ends the record as live", async () => {
    const { proxy, context, run, record } = release();
    const served = servedIn(proxy);
    await run();
    expect(served).toEqual(["old", "new"]);
    expect(context.said).toEqual([
      "switched to new (servers)",
      "drained old for 0 s; connections left: 0",
    ]);
    expect(record()).toMatchObject({ result: "live", reason: null, imageId: "sha256:1" });
    expect(record()?.["switched"]).toMatch(/^\d{4}-/);
    expect([proxy.files.has("previous.cfg"), proxy.files.has("previous-checks.map")]).toEqual([
      false,
      false,
    ]);
  });

  it("asks through the proxy, watches, and drains, in this order", async () => {
    const { proxy, context, run, record } = release({ CHECKS, WATCH });
    const urls: string[] = [];
    proxy.fetched = (url) => {
      urls.push(url);
      return ok("200");
    };
    await run();
    expect(urls).toEqual(["https://shop.com/"]);
    expect(context.said).toEqual([
      "switched to new (servers)",
      "smoke: https://shop.com passed 1 checks through proxy:8443",
      "watched for 30 s: 0 of 0 answers were errors (5xx)",
      "drained old for 0 s; connections left: 0",
    ]);
    expect(record()).toMatchObject({
      watch: { seconds: 30, requests: 0, errors: 0, errorShareBefore: null },
    });
  });

  it("neither watches nor drains the first release, which has nothing to roll back to", async () => {
    const { proxy, context, run, record } = release({ WATCH });
    proxy.files.set("haproxy.cfg", "frontend http\n");
    proxy.load("frontend http\n");
    await run();
    expect(context.said).toEqual(["switched to new (reload)"]);
    expect([proxy.serving(), record()?.["result"]]).toEqual([["new"], "live"]);
  });

  it("makes the certificate that HAProxy starts on before it loads a configuration", async () => {
    const { proxy, run } = release({ TLS_PREPARE: "self-signed shop.com" });
    await run();
    const [prepared, checked] = ["prepare self-signed shop.com", "check"].map((act) =>
      proxy.acts.indexOf(act),
    );
    expect(prepared).toBeGreaterThan(-1);
    expect(checked).toBeGreaterThan(prepared ?? Infinity);
  });

  it("counts what was answered before a reload ends the worker that has counted", async () => {
    const { proxy, run, record } = release({}, `# other\n${template}`);
    begun(proxy, { counters: { worker: "2/5", requests: 1, failed: 0, errors: 0 } });
    proxy.counts = { requests: 8, errors: 2, cut: 1 };
    let reloads = 0;
    proxy.before = () => {
      if (proxy.reloads > reloads) proxy.counts = { requests: 4, errors: 0, cut: 0 };
      reloads = proxy.reloads;
    };
    await run();
    expect([proxy.reloads, record()?.["counted"]]).toEqual([
      1,
      { requests: 11, failed: 1, errors: 2 },
    ]);
  });

  it("starts a container that a run that failed has stopped", async () => {
    const { fresh, asked, run } = release();
    fresh.status = "exited";
    await run();
    expect(asked("start")).toEqual(["start new"]);
  });

  it("is done again with nothing to do where it was killed after the switch", async () => {
    const { proxy, context, run, record } = release();
    await run();
    begun(proxy, { id: "v2" });
    context.said.length = 0;
    await run();
    expect(context.said).toEqual(["switched to new (nothing)"]);
    expect(record()).toMatchObject({ id: "v2", result: "live" });
  });

  it("watches and drains what was switched to already by a run that was killed before it could", async () => {
    const { proxy, context, run } = release({ WATCH });
    let killed = false;
    const kills = () => {
      const open = proxy.conversation();
      return {
        ...open,
        act: (args: readonly string[], input?: string) => {
          killed ||=
            proxy.serving().join() === "new" && args[0] === "lock" && args[1] === "releases";
          return killed ? Promise.reject(new Error("killed")) : open.act(args, input);
        },
      };
    };
    await expect(switchOver(context, kills)).rejects.toThrow("killed");
    context.said.length = 0;
    await run();
    expect(context.said).toEqual([
      "switched to new (nothing)",
      "watched for 30 s: 0 of 0 answers were errors (5xx)",
      "drained old for 0 s; connections left: 0",
    ]);
  });
});

describe("switchOver, where the release is bad", () => {
  it("leaves the old one in service where the proxy's check of the new one fails", async () => {
    const { proxy, fresh, old, run, record, context } = release();
    const text = proxy.files.get("haproxy.cfg");
    proxy.answers.set("new", () => 404);
    const served = servedIn(proxy);
    const reason =
      "switch: the proxy's check of new at /ready fails after 60 s: it answers with status 404";
    await expect(run()).rejects.toThrow(reason);
    expect([served, proxy.files.get("haproxy.cfg")]).toEqual([["old"], text]);
    expect([fresh.status, old.status]).toEqual(["exited", "running"]);
    expect(record()).toMatchObject({ result: "failed", reason, switched: null });
    expect(context.said.at(-1)).toBe("new is stopped; what served before goes on serving.");
    expect(proxy.files.has("previous.cfg")).toBe(false);
  });

  it("leaves the old one in service where HAProxy does not take the configuration", async () => {
    const { proxy, run } = release({}, `nonsense\n${template}`);
    proxy.problems = () => "line 1: unknown keyword 'nonsense'";
    await expect(run()).rejects.toThrow("unknown keyword 'nonsense'");
    expect([proxy.serving(), proxy.reloads]).toEqual([["old"], 0]);
  });

  it("rolls back, naming the end of a container that the smoke test did not reach", async () => {
    const { proxy, fresh, run, record } = release({ CHECKS });
    proxy.fetched = () => {
      Object.assign(fresh, { status: "exited", exitCode: 137 });
      return ok("502", "Bad gateway");
    };
    const reason = "after the switch: new has ended after 0 s (exit code 137)";
    await expect(run()).rejects.toThrow(reason);
    expect(record()).toMatchObject({ result: "rolled-back", reason });
    expect(proxy.serving()).toEqual(["old"]);
  });

  it("rolls back where the smoke test through the proxy fails, and drains the new one", async () => {
    const { proxy, context, fresh, run, record } = release({ CHECKS });
    proxy.fetched = () => ok("502", "Bad gateway");
    const served = servedIn(proxy);
    const reason = "smoke test through the proxy: / answers 502 (Bad gateway), not 200";
    await expect(run()).rejects.toThrow(reason);
    expect(served).toEqual(["old", "new", "old"]);
    expect(context.said).toEqual([
      "switched to new (servers)",
      "switched back to old (servers)",
      "drained new for 0 s; connections left: 0",
      "the last 50 log lines of new:",
      "new is stopped; what served before goes on serving.",
    ]);
    expect(fresh.status).toBe("exited");
    expect(record()).toMatchObject({ result: "rolled-back", reason });
    expect(proxy.files.has("previous.cfg")).toBe(false);
  });

  it("leads the app's name to the new one no more before it is stopped, and never away from the old one", async () => {
    const { containers, proxy, asked, run } = release({ CHECKS });
    containers.names = ["n1"];
    proxy.fetched = () => ok("502", "Bad gateway");
    await expect(run()).rejects.toThrow("smoke test");
    const leave = "exec n1 /usr/local/bin/leave-name";
    expect(asked(leave, "stop")).toEqual([`${leave} address-of-new`, "stop new"]);
  });

  it.each([
    ["once by chance", 1, "live"],
    ["again and again", Infinity, "rolled-back"],
  ])("asks again where the old one answers the smoke test: %s", async (_what, most, result) => {
    const { proxy, run, record } = release({ CHECKS });
    let others = 0;
    proxy.fetched = () => {
      others = Math.min(most, others + 1);
      const count = String(others);
      proxy.table = [
        `0x7f: key=${addressOf("proxy")}| use=0 exp=1 shard=0 gpc0=${count} gpc0_rate(60000)=${count} http_req_cnt=9 http_req_rate(60000)=9`,
      ];
      return ok("200");
    };
    const reason =
      "smoke test through the proxy: 1 answer came from the version before: the new containers gave none";
    if (result === "live") await run();
    else await expect(run()).rejects.toThrow(reason);
    expect(record()).toMatchObject({ result });
  });

  it("keeps the old one for what the new one does not answer, until the release is accepted", async () => {
    const { proxy, run } = release({ CHECKS, WATCH });
    const choices: string[] = [];
    proxy.before = () => {
      const now = `${proxy.serving().join()}/${proxy.choices().join()}`;
      if (now !== choices.at(-1)) choices.push(now);
    };
    await run();
    expect(choices).toEqual(["old/old", "new/old", "new/new"]);
  });

  it("is not compared with answers of a version that was taken back before", async () => {
    const { proxy, run, record } = release({ WATCH });
    // Until the one before took over, all was errors; since then none was.
    const counted = { part: "/api", requests: 100, refused: 0, errors: 100 };
    proxy.files.set("takeover.json", JSON.stringify([counted]));
    let looks = 0;
    proxy.before = (args) => {
      if (args[0] === "admin" && proxy.serving().join() === "new") looks += 1;
      const [all, failed] = [150 + looks * 10, 100 + looks * 5].map(String);
      proxy.table = [
        `0x7f: key=10.0.0.1|api use=0 exp=1 shard=0 http_req_cnt=${all} http_req_rate(60000)=140 http_fail_cnt=${failed} http_fail_rate(60000)=100`,
      ];
    };
    await expect(run()).rejects.toThrow(/were errors \(5xx\); before the switch 0 of 50 answers$/);
    expect(record()).toMatchObject({ result: "rolled-back", watch: { errorShareBefore: 0 } });
    expect(proxy.files.has("previous-answers.json")).toBe(false);
  });

  it("rolls back where a container ended between the switch and the watch", async () => {
    const { proxy, fresh, run, record } = release({ WATCH, CHECKS });
    proxy.fetched = () => {
      fresh.restarts = 1;
      return ok("200");
    };
    const reason = "watch: new has ended after 1 s (it was started again)";
    await expect(run()).rejects.toThrow(reason);
    expect([proxy.serving(), record()?.["result"]]).toEqual([["old"], "rolled-back"]);
  });

  it.each([
    ["ended", "new has ended after 1 s (exit code 3)", { status: "exited", exitCode: 3 }],
    ["was started again", "new has ended after 1 s (it was started again)", { restarts: 1 }],
    ["is unhealthy", "new is running/unhealthy after 1 s: ", { health: "unhealthy" }],
  ])("rolls back, without a watch, where the new one %s at its first requests", async (...row) => {
    const [, problem, state] = row;
    const { proxy, context, containers, fresh, run, record } = release();
    containers.looked = (container) => {
      if (container === fresh && context.now() >= 1000) Object.assign(fresh, state);
    };
    const served = servedIn(proxy);
    const reason = `after the switch: ${problem}`;
    await expect(run()).rejects.toThrow(reason);
    expect(served).toEqual(["old", "new", "old"]);
    expect(record()).toMatchObject({ result: "rolled-back", reason });
  });

  it("rolls back, without a watch, where the proxy's checks of the new one fail", async () => {
    const { proxy, context, run, record } = release();
    let switched = 0;
    proxy.before = () => {
      if (switched === 0 && proxy.serving().join() === "new") switched = context.now();
      if (switched > 0 && context.now() - switched >= 1000) proxy.unreachable.add("new");
    };
    await expect(run()).rejects.toThrow("after the switch: the proxy's check of new fails");
    expect([proxy.serving(), record()?.["result"]]).toEqual([["old"], "rolled-back"]);
  });

  it("is failed, and stays in service, where it is the first one and does not stay up", async () => {
    const { proxy, containers, fresh, run, record } = release();
    proxy.files.set("haproxy.cfg", "frontend http\n");
    proxy.load("frontend http\n");
    containers.looked = (container) => {
      if (container === fresh && proxy.serving().join() === "new") fresh.restarts = 1;
    };
    await expect(run()).rejects.toThrow(/^after the switch: new has ended after 0 s/);
    expect([proxy.serving(), record()?.["result"]]).toEqual([["new"], "failed"]);
  });

  it("rolls back where the watch finds it worse than the one before", async () => {
    const { proxy, run, record } = release({ WATCH });
    let looks = 0;
    proxy.before = (args) => {
      if (args[0] === "admin" && proxy.serving().join() === "new") looks += 1;
      const [requests, errors] = [looks * 10, looks * 5];
      proxy.table = ["10.0.0.1", "10.0.0.2"].map(
        (client) =>
          `0x7f: key=${client}|api use=0 exp=1 shard=0 http_req_cnt=${String(requests)} http_fail_cnt=${String(errors)}`,
      );
    };
    await expect(run()).rejects.toThrow(
      /^watch: within \d+ s \d+ of \d+ answers were errors \(5xx\)/,
    );
    expect(record()).toMatchObject({ result: "rolled-back" });
    expect(proxy.serving()).toEqual(["old"]);
  });

  it("stays where it is where the old one does not come back, and says so", async () => {
    const { proxy, context, fresh, run, record } = release({ CHECKS });
    proxy.fetched = () => {
      proxy.answers.set("old", () => 503);
      return ok("500");
    };
    await expect(run()).rejects.toThrow("smoke test through the proxy");
    expect(context.said).toContain(
      "old does not come back into service: switch: the proxy's check of old at /ready fails after 30 s: it answers with status 503",
    );
    expect(context.said.at(-1)).toBe("new stays in service: there is nothing else to go to.");
    expect([proxy.serving(), fresh.status]).toEqual([["new"], "running"]);
    expect(record()).toMatchObject({ result: "failed" });
  });

  it("keeps the first release in service, with nothing to roll back to", async () => {
    const { proxy, fresh, run, record } = release({ CHECKS });
    proxy.files.set("haproxy.cfg", "frontend http\n");
    proxy.load("frontend http\n");
    proxy.fetched = () => ok("500");
    await expect(run()).rejects.toThrow("smoke test through the proxy");
    expect([proxy.serving(), fresh.status]).toEqual([["new"], "running"]);
    expect(record()).toMatchObject({ result: "failed" });
  });

  it("is left to the next run where its engine has ended, and nothing is stopped", async () => {
    const { proxy, context, fresh, asked, run, record } = release({ WATCH });
    proxy.before = (args) => {
      if (args[0] === "lock" && proxy.serving().join() === "new") context.wanted = false;
    };
    await expect(run()).rejects.toThrow("the engine has ended");
    expect([proxy.serving(), fresh.status, asked("stop")]).toEqual([["new"], "running", []]);
    expect(record()).toMatchObject({ result: "running" });
    expect(proxy.files.has("previous.cfg")).toBe(true);
  });

  it("waits for HAProxy that was killed in the middle, wherever that was", async () => {
    for (let act = 0; ; act++) {
      const { proxy, context, record } = release({ CHECKS });
      const before = proxy.acts.length;
      const ends = endingAfter(proxy, new ProxyGone("it ended with 137"), act);
      await switchOver(context, ends);
      expect([act, proxy.serving(), record()?.["result"]]).toEqual([act, ["new"], "live"]);
      if (!context.said.some((line) => line.includes("once more"))) break;
      expect(proxy.acts.length).toBeGreaterThan(before);
    }
  });
});
