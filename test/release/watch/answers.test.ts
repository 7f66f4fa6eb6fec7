import { describe, expect, it } from "vitest";
import {
  answeredByOthers,
  answersIn,
  answersSince,
  byPart,
  partsIn,
  recent,
  type Answers,
} from "#release/watch/answers";

/** As HAProxy 3.0 prints it. */
const shown = `# table: watch, type: string, size:10240, used:4
0x7fc2a4031e50: key=10.0.0.1|api use=0 exp=299000 shard=0 http_req_cnt=5 http_req_rate(60000)=4 http_err_cnt=2 http_err_rate(60000)=1 http_fail_cnt=1 http_fail_rate(60000)=1
0x7fc2a4032f60: key=2001:db8::1|api use=1 exp=1000 shard=0 http_req_cnt=1 http_req_rate(60000)=0 http_err_cnt=0 http_err_rate(60000)=0 http_fail_cnt=0 http_fail_rate(60000)=0
0x7fc2a4034070: key=10.0.0.1| use=0 exp=299000 shard=0 http_req_cnt=3 http_req_rate(60000)=3 http_err_cnt=0 http_err_rate(60000)=0 http_fail_cnt=0 http_fail_rate(60000)=0
0x7fc2a4035180: key=10.0.0.1|a=b|c use=0 exp=299000 shard=0 http_req_cnt=2 http_req_rate(60000)=2 http_err_cnt=0 http_err_rate(60000)=0 http_fail_cnt=0 http_fail_rate(60000)=0

`;
const of = (
  client: string,
  part: string,
  [requests, refused, errors, slow = 0]: [number, number, number, number?],
) => ({
  client,
  part,
  requests,
  refused,
  errors,
  slow,
});

describe("answersIn", () => {
  it("reads the table as HAProxy prints it: all since it began, and the last minute", () => {
    expect(answersIn(shown)).toEqual({
      total: [
        of("10.0.0.1", "/api", [5, 2, 1]),
        of("2001:db8::1", "/api", [1, 0, 0]),
        of("10.0.0.1", "/", [3, 0, 0]),
        of("10.0.0.1", "/a=b|c", [2, 0, 0]),
      ],
      lastMinute: [
        of("10.0.0.1", "/api", [4, 1, 1]),
        of("2001:db8::1", "/api", [0, 0, 0]),
        of("10.0.0.1", "/", [3, 0, 0]),
        of("10.0.0.1", "/a=b|c", [2, 0, 0]),
      ],
    });
  });

  it.each(["", "# table: watch, type: string, size:10240, used:0\n\n", "No such table\n"])(
    "finds nothing in '%s'",
    (text) => {
      expect(answersIn(text)).toEqual({ total: [], lastMinute: [] });
    },
  );

  it("takes no client's path for a figure", () => {
    const row =
      "0x1: key=10.0.0.1|x%20http_fail_cnt=99 use=0 exp=1 shard=0 http_req_cnt=1 http_fail_cnt=0\n";
    expect(answersIn(row).total).toEqual([of("10.0.0.1", "/x%20http_fail_cnt=99", [1, 0, 0])]);
  });
});

describe("what the version before had to answer", () => {
  const rows = [
    "0x1: key=10.0.0.1|api use=0 exp=1 shard=0 gpc0=3 gpc0_rate(60000)=2 http_req_cnt=9 http_fail_cnt=1",
    "0x2: key=10.0.0.1|x|gpc0=7 use=0 exp=1 shard=0 gpc0=1 gpc0_rate(60000)=0 http_req_cnt=2 http_fail_cnt=0",
    "0x3: key=10.0.0.2| use=0 exp=1 shard=0 gpc0=4 gpc0_rate(60000)=4 http_req_cnt=4 http_fail_cnt=0",
  ].join("\n");

  it("is an error of the new one", () => {
    const { total, lastMinute } = answersIn(rows);
    expect(total.map(({ errors }) => errors)).toEqual([4, 1, 4]);
    expect(lastMinute.map(({ errors }) => errors)).toEqual([2, 0, 4]);
  });

  it("is counted by client", () => {
    expect(answeredByOthers(rows, ["10.0.0.1"])).toBe(4);
    expect(answeredByOthers(rows, ["10.0.0.2", "10.0.0.3"])).toBe(4);
    expect(answeredByOthers(rows, [])).toBe(0);
    expect(answeredByOthers(shown, ["10.0.0.1"])).toBe(0);
  });
});

describe("slow answers", () => {
  const table = (requests: number, slow: number) =>
    `0x1: key=10.0.0.1|api use=0 exp=1 shard=0 gpc0=0 gpc0_rate(60000)=0 gpc1=${String(slow)} gpc1_rate(60000)=2 http_req_cnt=${String(requests)} http_req_rate(60000)=8`;

  it("are counted since HAProxy began, and within the last minute", () => {
    expect(answersIn(table(9, 3))).toEqual({
      total: [of("10.0.0.1", "/api", [9, 0, 0, 3])],
      lastMinute: [of("10.0.0.1", "/api", [8, 0, 0, 2])],
    });
  });

  it("are those since a look, and those since the takeover", () => {
    const [before, now] = [answersIn(table(9, 3)), answersIn(table(20, 8))];
    expect(answersSince(before.total, now.total)).toEqual([of("10.0.0.1", "/api", [11, 0, 0, 5])]);
    expect(recent(now, byPart(before.total))).toEqual([
      { part: "/api", requests: 8, refused: 0, errors: 0, slow: 2 },
    ]);
  });

  it("are none in a file of a version before that did not count them", () => {
    expect(partsIn('[{"part":"/","requests":3,"refused":0,"errors":0}]')).toEqual([
      { part: "/", requests: 3, refused: 0, errors: 0, slow: 0 },
    ]);
  });
});

describe("answersSince", () => {
  const before: Answers[] = [of("a", "/x", [10, 2, 1]), of("b", "/x", [4, 0, 0])];

  it("is what has come since", () => {
    expect(answersSince(before, [of("a", "/x", [15, 2, 4]), of("b", "/y", [1, 0, 0])])).toEqual([
      of("a", "/x", [5, 0, 3]),
      of("b", "/y", [1, 0, 0]),
    ]);
  });

  it("leaves out who has not asked", () => {
    expect(answersSince(before, before)).toEqual([]);
  });

  it("takes an entry that was forgotten meanwhile for one that began again", () => {
    expect(answersSince(before, [of("a", "/x", [3, 1, 1])])).toEqual([of("a", "/x", [3, 1, 1])]);
  });
});

describe("byPart", () => {
  it("sums what clients were answered", () => {
    expect(
      byPart([of("a", "/api", [5, 2, 1]), of("b", "/", [3, 0, 0]), of("c", "/api", [1, 1, 0])]),
    ).toEqual([
      { part: "/api", requests: 6, refused: 3, errors: 1, slow: 0 },
      { part: "/", requests: 3, refused: 0, errors: 0, slow: 0 },
    ]);
  });
});

describe("recent", () => {
  const takeover = [{ part: "/api", requests: 100, refused: 4, errors: 50, slow: 0 }];
  const looked = (total: [number, number, number], lastMinute: [number, number, number]) => ({
    total: [of("a", "/api", total)],
    lastMinute: [of("a", "/api", lastMinute)],
  });

  it.each<[string, ReturnType<typeof looked>, [number, number, number] | undefined]>([
    [
      "what came since the takeover, within the minute",
      looked([130, 5, 51], [90, 5, 45]),
      [30, 1, 1],
    ],
    ["the last minute, once more than that has come", looked([900, 5, 60], [60, 0, 2]), [60, 0, 2]],
    [
      "all that a worker has counted that has started since",
      looked([20, 0, 1], [20, 0, 1]),
      [20, 0, 1],
    ],
    ["nothing where nothing has come since", looked([100, 4, 50], [90, 4, 45]), undefined],
  ])("is %s", (_what, table, expected) => {
    const [requests, refused, errors] = expected ?? [];
    expect(recent(table, takeover)).toEqual(
      expected === undefined ? [] : [{ part: "/api", requests, refused, errors, slow: 0 }],
    );
  });

  it("is the last minute where no takeover was noted", () => {
    expect(recent(looked([130, 5, 51], [90, 5, 45]), [])).toEqual([
      { part: "/api", requests: 90, refused: 5, errors: 45, slow: 0 },
    ]);
  });
});

describe("partsIn", () => {
  it("reads what a step has written; nothing where it has not", () => {
    const parts = [{ part: "/", requests: 3, refused: 0, errors: 0, slow: 0 }];
    expect([partsIn(JSON.stringify(parts)), partsIn("")]).toEqual([parts, []]);
  });
});

describe("answersSince, for a request in progress at the first look", () => {
  it("counts no more errors than requests", () => {
    const [before, now] = [of("a", "/api", [10, 1, 1]), of("a", "/api", [12, 5, 4])];
    expect(answersSince([before], [now])).toEqual([of("a", "/api", [2, 2, 2])]);
  });
});
