import { healthPath } from "#components/app/health-settings";
import { request as http } from "node:http";
import { request as https } from "node:https";
import { TLSSocket } from "node:tls";
import { publicUrl } from "#components/proxy/settings";
import type { Settings } from "#config";
import { isUp } from "../start/answer.js";

/** The site as a client gets it. */
export interface SiteFacts {
  readonly url: string;
  /** Status of the answer; undefined where there was none. */
  readonly status?: number;
  /** The reason why there is no answer. */
  readonly error?: string;
  /** Until the head of the answer. */
  readonly milliseconds: number;
  /** Time at which the certificate expires; undefined without TLS. */
  readonly validUntil?: Date;
  /** The answer shows that the app can serve. */
  readonly isUp: boolean;
}

const timeoutMs = 5000;

/** The address to which a client's request goes. */
export interface SiteAddress {
  readonly url: string;
  /** Address to connect to; undefined: by the name. */
  readonly address: string | undefined;
}

/** The ready path of the site; on a host of its own by its name, as clients find it. @param isLocal the engine is here */
export function siteAddress({ app, proxy }: Settings, isLocal: boolean): SiteAddress {
  const url = new URL(app.health.readyPath ?? healthPath(app.health), publicUrl(proxy)).href;
  const [bind = "127.0.0.1"] = [proxy.bind].flat();
  const own = ["0.0.0.0", "::"].includes(bind) ? "127.0.0.1" : bind;
  return { url, address: isLocal ? own : undefined };
}

/** Asks the site once. @param statuses that are good; undefined: any 2xx */
export function askSite(
  { url, address }: SiteAddress,
  statuses?: readonly number[],
): Promise<SiteFacts> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  const began = performance.now();
  const passed = () => Math.round(performance.now() - began);
  const options = {
    host: address ?? target.hostname,
    port: target.port === "" ? (secure ? 443 : 80) : Number(target.port),
    path: `${target.pathname}${target.search}`,
    headers: { host: target.host, "user-agent": "keelson-status", connection: "close" },
    timeout: timeoutMs,
  };
  return new Promise((resolve) => {
    const sent = secure
      ? https({ ...options, servername: target.hostname, rejectUnauthorized: false })
      : http(options);
    sent.on("response", (response) => {
      const { statusCode: status = 0, socket } = response;
      const until = validUntil(socket);
      response.destroy();
      resolve({
        url,
        status,
        milliseconds: passed(),
        isUp: isUp({ status }, statuses),
        ...(until === undefined ? {} : { validUntil: until }),
      });
    });
    sent.on("timeout", () =>
      sent.destroy(new Error(`no answer within ${String(timeoutMs / 1000)} s`)),
    );
    sent.on("error", ({ message }) => {
      resolve({ url, error: message, milliseconds: passed(), isUp: false });
    });
    sent.end();
  });
}

function validUntil(socket: unknown): Date | undefined {
  return socket instanceof TLSSocket ? new Date(socket.getPeerCertificate().valid_to) : undefined;
}
