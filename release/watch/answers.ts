/** HAProxy's table of answers. */
export const watchTable = "watch";

/** How requests to one part of a site were answered, by who asked. */
export interface Answers {
  /** First part of the path, such as `/api`. */
  readonly part: string;
  readonly client: string;
  readonly requests: number;
  /** 4xx. */
  readonly refused: number;
  /** 5xx, and those that broke off. */
  readonly errors: number;
}

/** A table of HAProxy at one moment: since it began, and within the last minute. */
export interface Looked {
  readonly total: readonly Answers[];
  readonly lastMinute: readonly Answers[];
}

/** The table, as `show table` prints it; its keys are `<client>|<first part of the path>`. */
export function answersIn(text: string): Looked {
  const rows = text.split("\n").flatMap((line) => {
    const key = / key=(.*?) use=\d+ /.exec(line)?.[1];
    if (key === undefined) return [];
    const at = key.indexOf("|");
    const of = { client: key.slice(0, at), part: `/${key.slice(at + 1)}` };
    const field = (name: string) =>
      Number(new RegExp(` ${name}(?:\\(\\d+\\))?=(\\d+)`).exec(line)?.[1] ?? 0);
    const counted = (suffix: string) => ({
      ...of,
      requests: field(`http_req_${suffix}`),
      refused: field(`http_err_${suffix}`),
      errors: field(`http_fail_${suffix}`),
    });
    return [{ total: counted("cnt"), lastMinute: counted("rate") }];
  });
  return {
    total: rows.map(({ total }) => total),
    lastMinute: rows.map(({ lastMinute }) => lastMinute),
  };
}

/** What was answered between two looks. One whose entry was forgotten meanwhile began anew. */
export function answersSince(before: readonly Answers[], now: readonly Answers[]): Answers[] {
  const known = new Map(before.map((each) => [keyOf(each), each]));
  return now.flatMap((each) => {
    const old = known.get(keyOf(each));
    const same = old !== undefined && old.requests <= each.requests;
    const more = same
      ? {
          ...each,
          requests: each.requests - old.requests,
          refused: Math.max(0, each.refused - old.refused),
          errors: Math.max(0, each.errors - old.errors),
        }
      : each;
    return more.requests === 0 ? [] : [more];
  });
}

const keyOf = ({ client, part }: Answers) => `${client}|${part}`;
