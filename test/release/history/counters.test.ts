import { describe, expect, it } from "vitest";
import { count, counted, countersIn, nothing, statRows } from "#release/history/counters";

const info = `Name: HAProxy
Version: 3.0.11-1+deb13u1
Nbthread: 1
Process_num: 1
Pid: 8
Uptime: 0d 0h01m05s
Start_time_sec: 1795251463
`;
const head =
  "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,chkdown,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,req_tot,cli_abrt,srv_abrt,";

/** A line of `show stat`, with the columns that are counted. */
function row(proxy: string, server: string, more: Readonly<Record<string, number>> = {}): string {
  const names = head.slice(2).split(",");
  const fields = names.map((name) => String(more[name] ?? ""));
  return [proxy, server, ...fields.slice(2)].join(",");
}

describe("countersIn", () => {
  it("tells what the proxy failed to do from the app's own errors", () => {
    const stat = [
      head,
      row("http", "FRONTEND", { req_tot: 120, hrsp_5xx: 9, hrsp_4xx: 7 }),
      row("app", "only-1", { hrsp_5xx: 1, stot: 60 }),
      row("app", "only-2", { hrsp_5xx: 3, stot: 40 }),
      // Two answers of its own: no server answered; one answer was interrupted.
      row("app", "BACKEND", { req_tot: 100, hrsp_5xx: 6, srv_abrt: 1, stot: 100 }),
      row("tcp-1982", "FRONTEND", { stot: 11 }),
      row("tcp-1982", "only-1", { stot: 9, econ: 2 }),
      row("tcp-1982", "BACKEND", { stot: 11, econ: 2 }),
      row("acme", "BACKEND", { req_tot: 50, hrsp_5xx: 50 }),
      row("watch", "BACKEND"),
      "",
    ].join("\n");
    expect(countersIn(info, stat)).toEqual({
      worker: "8/1795251463",
      requests: 111,
      failed: 5,
      errors: 4,
    });
  });

  it("counts no failure where servers answered more errors than reached the client", () => {
    const stat = [head, row("app", "a", { hrsp_5xx: 5 }), row("app", "BACKEND", { hrsp_5xx: 3 })];
    expect(countersIn(info, stat.join("\n"))).toMatchObject({ failed: 0, errors: 5 });
  });

  it("are null where HAProxy says something else", () => {
    expect(countersIn(info, "")).toBeNull();
    expect(countersIn(info, "Permission denied\n")).toBeNull();
  });
});

describe("statRows", () => {
  it("are by the names of their columns, and empty fields count nothing", () => {
    const [first] = statRows("# pxname,svname,stot,\napp,BACKEND,7,\n\n");
    expect(first).toEqual({ pxname: "app", svname: "BACKEND", stot: "7", "": "" });
    expect([count(first?.["stot"]), count(""), count(undefined)]).toEqual([7, 0, 0]);
  });
});

describe("counted", () => {
  const looked = (requests: number, worker = "8/1") => ({ worker, requests, failed: 0, errors: 0 });
  const of = (counters: ReturnType<typeof looked> | null, requests: number) => ({
    counters,
    counted: { ...nothing, requests },
  });

  it("adds what has come since the last look", () => {
    expect(counted(of(looked(10), 4), looked(13))).toEqual(of(looked(13), 7));
  });

  it("begins with the first look", () => {
    expect(counted(of(null, 0), looked(13))).toEqual(of(looked(13), 0));
  });

  it("adds all that another worker has counted", () => {
    expect(counted(of(looked(10), 4), looked(3, "9/2"))).toEqual(of(looked(3, "9/2"), 7));
  });

  it("never takes anything away, and leaves it while HAProxy does not answer", () => {
    expect(counted(of(looked(10), 4), looked(2))).toEqual(of(looked(2), 4));
    expect(counted(of(looked(10), 4), null)).toEqual(of(looked(10), 4));
  });
});
