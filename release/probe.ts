import { z } from "zod";
import { parameter } from "./parameters.js";
import type { ProxySession } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

/** Public address by which the site is asked: an app sees it in a request that came through the proxy. */
export interface AskedAs {
  /** The site's first name. */
  readonly host: string;
  readonly scheme: "http" | "https";
  /** Statuses that are good; none: any 2xx. */
  readonly statuses: readonly number[];
}

/** Address of a container's readiness. */
export interface Readiness extends AskedAs {
  readonly container: string;
  readonly port: string;
  readonly path: string;
}

/** An answer over HTTP. */
export interface Fetched {
  readonly status: number;
  readonly location: string;
  readonly body: string;
  /** By their names in lower case; only where they were wanted. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
}

/** The readiness of a container by the step's parameters. */
export function readinessOf(context: StepContext, container: string): Readiness {
  return {
    container,
    port: parameter(context, "APP_PORT"),
    path: parameter(context, "READY_PATH"),
    ...askedAs(context),
  };
}

/** The same by the parameters of the step. */
export function askedAs(context: Pick<StepContext, "environment">): AskedAs {
  const host = parameter(context, "SITE_HOST");
  const scheme = parameter(context, "SITE_SCHEME") === "https" ? "https" : "http";
  const named = context.environment["READY_STATUSES"] ?? "";
  const statuses = named.split(" ").filter((each) => each !== "");
  return { host, scheme, statuses: statuses.map(Number) };
}

/** Returns the problem of the answer at a container's ready path; undefined where there is none. */
export async function probeReady(
  session: ProxySession,
  { container, port, path, host, scheme, statuses }: Readiness,
): Promise<string | undefined> {
  const url = `http://${container}:${port}${path}`;
  const fetched = await fetchFrom(session, {
    url,
    headers: { Host: host, "X-Forwarded-Proto": scheme },
    seconds: 5,
  });
  const asked = `${url} (Host: ${host}, X-Forwarded-Proto: ${scheme})`;
  if (typeof fetched === "string") return `${asked} is not answered: ${fetched}`;
  const { status } = fetched;
  const isGood = statuses.length === 0 ? status >= 200 && status < 300 : statuses.includes(status);
  if (isGood) return undefined;
  const wanted = statuses.length === 0 ? "2xx" : statuses.map(String).join(" or ");
  return `${asked} answers ${describeAnswer(fetched)}, not ${wanted}`;
}

/** An answer in brief: its status, where it leads, how its body begins. */
export function describeAnswer({ status, location, body }: Fetched): string {
  const to = location === "" ? "" : ` to ${location}`;
  const text = body
    .slice(0, 200)
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
  return `${String(status)}${to}${text === "" ? "" : ` (${text})`}`;
}

/** A request that is made from the proxy's container. */
export interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `<host>:<port>` that is connected to, whatever the URL says. */
  readonly through?: string;
  /** Time for all of it. */
  readonly seconds: number;
  /** Default GET. */
  readonly method?: string;
  readonly body?: string;
  /** The answer's headers are wanted. Default false. */
  readonly wantsHeaders?: boolean;
}

const mark = "keelson-answer";

/** The answer, redirects not followed; a text where there is none: the reason. */
export async function fetchFrom(
  session: ProxySession,
  request: Request,
): Promise<Fetched | string> {
  const { url, headers, through, seconds, wantsHeaders = false } = request;
  const more = wantsHeaders ? "\\n%{header_json}" : "";
  const { code, text } = await session.fetch(
    [
      option("url", url),
      ...methodOptions(request),
      ...Object.entries(headers).map(([name, value]) => option("header", `${name}: ${value}`)),
      ...(through === undefined ? [] : [option("connect-to", `::${through}`)]),
      // Its certificate is for the world outside: here it is only a way to the app.
      "insecure",
      "silent",
      "show-error",
      option("max-time", seconds.toFixed(1)),
      option("max-filesize", "1000000"),
      option("write-out", `\\n${mark} %{http_code} %{redirect_url}${more}`),
    ].join("\n"),
  );
  const at = text.lastIndexOf(`\n${mark} `);
  const [line = "", ...rest] = text.slice(at + 1).split("\n");
  const [, status = "0", location = ""] = line.split(" ");
  if (code === 0 && at >= 0) {
    // Without a body curl prints the headers.
    const body = request.method === "HEAD" ? "" : text.slice(0, at);
    const answer = { status: Number(status), location, body };
    return wantsHeaders
      ? { ...answer, headers: answerHeaders.parse(JSON.parse(rest.join("\n"))) }
      : answer;
  }
  const said = /curl: \(\d+\) (.*)/.exec(text)?.[1];
  return said ?? `curl ended with ${String(code)}`;
}

const answerHeaders = z.record(z.string(), z.array(z.string()));

/** A body that is sent makes curl's method another one, and one to HEAD would be waited for. */
function methodOptions({ method = "GET", body }: Request): string[] {
  return [
    ...(method === "HEAD"
      ? ["head"]
      : method === "GET" && body === undefined
        ? []
        : [option("request", method)]),
    ...(body === undefined || method === "HEAD" ? [] : [option("data-raw", body)]),
  ];
}

/** In the quotes of curl's configuration, which ends an option with its line. */
function option(name: string, value: string): string {
  const quoted = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `${name} = "${name === "write-out" ? value : quoted}"`;
}
