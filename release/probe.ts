import { parameter } from "./parameters.js";
import type { ProxySession } from "./proxy-session.js";
import type { StepContext } from "./step-context.js";

/** How the public site is asked: what an app sees of a request that came through the proxy. */
export interface AskedAs {
  /** The site's first name. */
  readonly host: string;
  readonly scheme: "http" | "https";
}

/** Where a container says that it can serve. */
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
  return { host, scheme: parameter(context, "SITE_SCHEME") === "https" ? "https" : "http" };
}

/** What is wrong with the answer at a container's ready path; undefined where nothing is. */
export async function probeReady(
  session: ProxySession,
  { container, port, path, host, scheme }: Readiness,
): Promise<string | undefined> {
  const url = `http://${container}:${port}${path}`;
  const fetched = await fetchFrom(session, {
    url,
    headers: { Host: host, "X-Forwarded-Proto": scheme },
    seconds: 5,
  });
  const asked = `${path} (Host: ${host}, X-Forwarded-Proto: ${scheme})`;
  if (typeof fetched === "string") return `${asked} is not answered: ${fetched}`;
  if (fetched.status >= 200 && fetched.status < 300) return undefined;
  return `${asked} answers ${describeAnswer(fetched)}, not 2xx`;
}

/** An answer in few words: its status, where it leads, how its body begins. */
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
}

const mark = "keelson-answer";

/** The answer, redirects not followed; a text where there is none: the reason. */
export async function fetchFrom(
  session: ProxySession,
  { url, headers, through, seconds }: Request,
): Promise<Fetched | string> {
  const { code, text } = await session.fetch(
    [
      option("url", url),
      ...Object.entries(headers).map(([name, value]) => option("header", `${name}: ${value}`)),
      ...(through === undefined ? [] : [option("connect-to", `::${through}`)]),
      // Its certificate is for the world outside: here it is only a way to the app.
      "insecure",
      "silent",
      "show-error",
      option("max-time", seconds.toFixed(1)),
      option("max-filesize", "1000000"),
      option("write-out", `\\n${mark} %{http_code} %{redirect_url}`),
    ].join("\n"),
  );
  const at = text.lastIndexOf(`\n${mark} `);
  const [, status = "0", location = ""] = text.slice(at + 1).split(" ");
  if (code === 0 && at >= 0) {
    return { status: Number(status), location, body: text.slice(0, at) };
  }
  const said = /curl: \(\d+\) (.*)/.exec(text)?.[1];
  return said ?? `curl ended with ${String(code)}`;
}

function option(name: string, value: string): string {
  const quoted = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `${name} = "${name === "write-out" ? value : quoted}"`;
}
