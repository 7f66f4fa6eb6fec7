import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** State of a stand-in of a source. */
export interface World {
  values: Readonly<Record<string, unknown>>;
  /** `limited`: the first request meets the rate limit; `exhausted`: every one does, for a day. */
  mode: "good" | "revoked" | "slow" | "limited" | "exhausted";
}

/** A stand-in server of Doppler, Vault and Infisical, which speaks as much of their documented APIs as is used. */
export interface StandInServer {
  readonly url: string;
  /** Paths and queries of its requests so far. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** The token that the stand-in takes. */
export const goodToken = "canary-token-of-the-source";

/** Starts the server on a port of its own. @param config of Doppler */
export async function standInServer(world: World, config = "prod"): Promise<StandInServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? "", "http://stand-in");
    requests.push(request.url ?? "");
    const send = (status: number, body: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      return response.end(JSON.stringify(body));
    };
    if (world.mode === "slow") return undefined;
    if (world.mode === "exhausted") return send(429, {}, { "Retry-After": "86400" });
    if (world.mode === "limited" && requests.length === 1) {
      return send(429, { messages: ["slow down"] }, { "Retry-After": "1" });
    }
    if (url.pathname === "/api/v1/auth/universal-auth/login") {
      const login = JSON.parse(await text(request)) as { readonly clientSecret: string };
      return login.clientSecret === "canary-client-secret"
        ? send(200, { accessToken: goodToken })
        : send(401, {});
    }
    const given = request.headers["x-vault-token"] ?? request.headers.authorization;
    const isGood = given === goodToken || given === `Bearer ${goodToken}`;
    // An error may repeat what it should not: no message of ours does.
    if (!isGood || world.mode === "revoked") return send(401, { errors: [given, world.values] });
    if (url.pathname === "/v3/configs/config/secrets/download") {
      const names = (url.searchParams.get("secrets") ?? "").split(",");
      const all = { ...world.values, DOPPLER_CONFIG: config };
      return send(
        200,
        Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))),
      );
    }
    if (url.pathname === "/v1/secret/data/shop") return send(200, { data: { data: world.values } });
    if (url.pathname === "/v1/old/shop") return send(200, { data: world.values });
    const [, name = ""] = /^\/api\/v3\/secrets\/raw\/(.+)$/.exec(url.pathname) ?? [];
    const value = world.values[name];
    if (value === undefined) return send(404, { message: "not found" });
    return send(200, { secret: { secretKey: name, secretValue: value } });
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
