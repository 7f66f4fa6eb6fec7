import { isWildcard } from "#lib/identifiers";

/** A text as one word of haproxy.cfg, whatever stands in it. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}

/** A text as one word of haproxy.cfg where HAProxy would fill in what follows a `%`. */
export function literal(text: string): string {
  return quoted(text.replaceAll("%", "%%"));
}

/** A condition that a sample is one of some values. HAProxy takes at most 64 arguments on a line; lines of one condition are alternatives. */
export function condition(name: string, sample: string, values: readonly string[]): string[] {
  const most = 50;
  return Array.from({ length: Math.ceil(values.length / most) }, (_, line) => {
    const some = values.slice(line * most, (line + 1) * most);
    return `  acl ${name} ${sample} ${some.join(" ")}`;
  });
}

/** A condition that a request's host is one of some domains, wildcards among them. None where there are no domains. */
export function hosts(name: string, domains: readonly string[]): string[] {
  const host = "req.hdr(host),host_only";
  const exact = domains.filter((each) => !isWildcard(each));
  const below = domains.filter(isWildcard).map((each) => each.slice(1).replaceAll(".", "\\."));
  return [
    ...condition(name, `${host} -i`, exact),
    ...below.map((each) => `  acl ${name} ${host} -m reg -i ${quoted(`^[^.]+${each}$`)}`),
  ];
}

/** A rule that answers instead of the app, with a sentence of ours. */
export function answer(
  status: number,
  sentence: string,
  condition: string,
  retryAfterSeconds?: number,
): string {
  const retry =
    retryAfterSeconds === undefined ? "" : ` hdr Retry-After ${String(retryAfterSeconds)}`;
  return `  http-request return status ${String(status)} content-type text/plain${retry} string "${sentence}\\n" ${condition}`;
}
