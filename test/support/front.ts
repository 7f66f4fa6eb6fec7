// A proxy of its own in front of a small app, which tests give one configuration after another.
import { readFileSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { request as secureRequest } from "node:https";
import { join } from "node:path";
import type { How } from "#release/haproxy/put-into-service";
import { docker, hardened, publishedPort, root, tryDocker, untilHealthy } from "./docker.js";
import { buildImages, volume } from "./images.js";
import { proxyConfig, proxyTemplate } from "./proxy.js";
import { put } from "./put.js";

/** A running proxy. */
export interface Front {
  readonly proxy: string;
  readonly http: number;
  readonly https: number;
  readonly tcp: number;
  /** The addresses from which this machine's requests come. */
  readonly network: string;
  /** Puts settings into service, with one of the two apps behind them or both, and hands back how that was done. */
  readonly use: (settings?: object, ...apps: ("one" | "two")[]) => Promise<How>;
  /** What HAProxy itself says about the configuration of settings; nothing if it has nothing to say. */
  readonly check: (settings: object) => Promise<string>;
}

/** Starts proxy and apps under names that begin with `prefix`. */
export async function startFront(prefix: string): Promise<Front> {
  const tags = await buildImages("proxy", "sample-app", "jobs");
  const [proxy, network] = [`${prefix}-proxy`, `${prefix}-net`];
  await docker(["network", "create", network]);
  await volume(tags, `${prefix}-config`, 99);
  const upstream = readFileSync(join(root, "test/e2e/fixtures/proxy/upstream.cjs"), "utf8");
  for (const app of ["one", "two"]) {
    await docker([
      "run",
      "--detach",
      "--name",
      `${prefix}-${app}`,
      "--network",
      network,
      ...hardened,
      "--hostname",
      app,
      "--no-healthcheck",
      "--entrypoint",
      "node",
      tags["sample-app"] ?? "",
      "-e",
      upstream,
    ]);
  }
  await docker([
    "run",
    "--detach",
    "--name",
    proxy,
    "--network",
    network,
    ...hardened,
    "--user",
    "99:99",
    "--tmpfs",
    "/run/haproxy:uid=99,gid=99",
    "--volume",
    `${prefix}-config:/config`,
    "--publish",
    "127.0.0.1::8080",
    "--publish",
    "127.0.0.1::8443",
    "--publish",
    "127.0.0.1::1982",
    "--health-interval",
    "1s",
    tags["proxy"] ?? "",
  ]);
  await untilHealthy(proxy);
  await docker(["exec", proxy, "make-self-signed", "localhost"]);
  const execute = (args: readonly string[], text: string) =>
    tryDocker(["exec", "--interactive", proxy, ...args], text);
  return {
    proxy,
    http: await publishedPort(proxy, 8080),
    https: await publishedPort(proxy, 8443),
    tcp: await publishedPort(proxy, 1982),
    network: await docker([
      "network",
      "inspect",
      "--format",
      "{{(index .IPAM.Config 0).Subnet}}",
      network,
    ]),
    use: (settings = {}, ...apps) => {
      const hosts = (apps.length === 0 ? ["one"] : apps).map((app) => `${prefix}-${app}`);
      return put(proxy, {
        template: proxyTemplate(settings, { several: hosts.length > 1 }),
        hosts,
      });
    },
    check: async (settings) => {
      const script = "cat >/tmp/check.cfg && exec haproxy -c -dW -q -f /tmp/check.cfg";
      const config = proxyConfig(settings, `${prefix}-one`);
      const { code, stdout, stderr } = await execute(["sh", "-c", script], config);
      return code === 0 ? "" : `ended with ${code}: ${stdout}${stderr}`;
    },
  };
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over TLS, whoever made the certificate. */
  readonly secure?: boolean;
}

/** Asks on a connection of its own. An answer that comes before the whole question was sent is one too. */
export function ask(port: number, path: string, question: Question = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, secure = false } = question;
  return new Promise((resolve, reject) => {
    const call = (secure ? secureRequest : request)(
      {
        port,
        host: "127.0.0.1",
        path,
        method,
        agent: false,
        rejectUnauthorized: false,
        headers: { host: "localhost", ...headers },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
          call.destroy();
        });
      },
    );
    call.on("error", reject);
    // A length without a body: the answer has to come from the length alone.
    if (body === undefined && "content-length" in headers) call.flushHeaders();
    else call.end(body);
  });
}

/** The headers of a request as the app gets them. */
export async function told(
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { body } = await ask(port, "/echo", { headers });
  return (JSON.parse(body) as { headers: Record<string, string> }).headers;
}
