// A real ACME server (pebble) on this machine, and the names that it sees.
import { request } from "node:https";
import { removeNetworks } from "#cli/io/removal";
import { dockerAt } from "#lib/docker";
import { takePorts } from "./claims.js";
import { docker, tryDocker, until } from "./docker.js";
import { fixtureImage } from "./fixture-image.js";
import { takeHostAddress } from "./host-address.js";

/** A running ACME server. */
export interface AcmeServer {
  readonly directory: string;
  /** Root of its own certificate. */
  readonly ca: string;
  /** Root of the certificates that it gives out. */
  readonly root: string;
  /** Makes a name unknown to it, or known again. */
  readonly know: (domain: string, known: boolean) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Who may have an account there. */
export const externalAccount = {
  keyId: "customer-1",
  hmacKey: Buffer.from("thirty-two bytes of a shared key").toString("base64url"),
} as const;

/**
 * It runs on the host's network, as servers on the Internet do from a stack's point of view: containers reach it at
 * an address of this machine, and it reaches the proxy at a published port. All names are this machine's.
 *
 * @param httpPort where it asks for a domain
 */
export async function startAcmeServer(prefix: string, httpPort: number): Promise<AcmeServer> {
  const names = [`${prefix}-dns`, `${prefix}-acme`] as const;
  await tryDocker(["rm", "--force", ...names]);
  const image = await fixtureImage("pebble");
  const network = `${prefix}-servers`;
  const address = await takeHostAddress(network);
  const { api, management, dns, dnsApi } = await takePorts("api", "management", "dns", "dnsApi");
  const pebble = {
    listenAddress: `${address}:${api}`,
    managementListenAddress: `${address}:${management}`,
    certificate: "/tmp/certificate.pem",
    privateKey: "/tmp/key.pem",
    httpPort,
    externalAccountBindingRequired: true,
    externalAccountMACKeys: { [externalAccount.keyId]: externalAccount.hmacKey },
    profiles: { default: { description: "ninety days", validityPeriod: 90 * 86_400 } },
  };
  const start = (name: string, ...more: string[]) =>
    docker(["run", "--detach", "--name", name, "--network", "host", ...more]);
  await start(
    names[0],
    image,
    "pebble-challtestsrv",
    "-management",
    `127.0.0.1:${dnsApi}`,
    "-dns01",
    `127.0.0.1:${dns}`,
    "-defaultIPv4",
    "127.0.0.1",
    "-defaultIPv6",
    "",
    "-http01",
    "",
    "-https01",
    "",
    "-tlsalpn01",
    "",
    "-doh",
    "",
  );
  await start(
    names[1],
    "--env",
    "PEBBLE_VA_NOSLEEP=1",
    "--env",
    "PEBBLE_AUTHZREUSE=0",
    // It refuses good nonces at random otherwise, and certbot tries once more only.
    "--env",
    "PEBBLE_WFE_NONCEREJECT=0",
    "--env",
    `CONFIG=${JSON.stringify({ pebble })}`,
    image,
    "sh",
    "-c",
    startPebble,
    "sh",
    address,
    `127.0.0.1:${dns}`,
  );
  const ca = await until("the ACME server's own certificate", async () => {
    const read = await tryDocker(["exec", names[1], "cat", "/tmp/certificate.pem"]);
    return read.code === 0 && read.stdout.trim();
  });
  const own = { host: address, port: management, ca };
  const issuer = await until("the ACME server's root", () =>
    get({ ...own, path: "/roots/0" }).catch(() => undefined),
  );
  return {
    directory: `https://${address}:${api}/dir`,
    ca,
    root: issuer,
    know: async (domain, known) => {
      const url = `http://127.0.0.1:${dnsApi}/${known ? "clear" : "set"}-servfail`;
      const answer = await fetch(url, {
        method: "POST",
        body: JSON.stringify({ host: `${domain}.` }),
      });
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    },
    remove: async () => {
      await docker(["rm", "--force", ...names]);
      await removeNetworks(dockerAt(), [network]);
    },
  };
}

const startPebble = `cd /tmp
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj "/CN=acme server" \
  -addext "subjectAltName=IP:$1" -keyout key.pem -out certificate.part
mv certificate.part certificate.pem
printf '%s\n' "$CONFIG" >pebble.json
exec pebble -config pebble.json -dnsserver "$2"`;

function get(from: { host: string; port: number | undefined; path: string; ca: string }) {
  return new Promise<string>((resolve, reject) => {
    const asked = request({ ...from, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve(text);
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}
