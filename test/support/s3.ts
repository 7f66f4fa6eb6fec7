// A real S3 server (versitygw) on this machine, with a certificate authority of its own.
import { removeNetworks } from "#cli/io/removal";
import { dockerAt } from "#lib/docker";
import { takePorts } from "./claims.js";
import { buildImage, docker, logs, run, tryDocker, until } from "./docker.js";
import { takeHostAddress } from "./host-address.js";

/** A running S3 server with one empty bucket. */
export interface S3Server {
  /** Host and port, as containers reach it. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Its certificate authority, in PEM. */
  readonly ca: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Its files that hold a text, by their paths in the bucket. */
  readonly filesWith: (text: string) => Promise<string[]>;
  /** Runs a shell text in the folder of its buckets. */
  readonly inside: (script: string) => Promise<string>;
  /** Nobody is at its address any more; what it holds stays. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const accessKey = "test-access-key";
const secretKey = "test-secret-key";
const bucket = "backups";

/**
 * It runs on the host's network, as services elsewhere do from a stack's point of view: containers reach it at an
 * address of this machine.
 */
export async function startS3Server(prefix: string): Promise<S3Server> {
  const name = `${prefix}-s3`;
  await tryDocker(["rm", "--force", "--volumes", name]);
  const image = await buildImage("proxy");
  const base = (await run("images/build", ["base"])).stdout.trim();
  const binary = (await run("test/support/versitygw", [base])).stdout.trim();
  const network = `${prefix}-servers`;
  const address = await takeHostAddress(network);
  const { port } = await takePorts("port");
  const endpoint = `${address}:${String(port)}`;
  await docker([
    "create",
    "--name",
    name,
    "--network",
    "host",
    "--user",
    "10001:10001",
    "--init",
    "--no-healthcheck",
    "--env",
    `ROOT_ACCESS_KEY=${accessKey}`,
    "--env",
    `ROOT_SECRET_KEY=${secretKey}`,
    "--entrypoint",
    "/bin/bash",
    image,
    "-c",
    startScript,
    "bash",
    address,
    endpoint,
    bucket,
  ]);
  await docker(["cp", binary, `${name}:/usr/local/bin/versitygw`]);
  const inside = (script: string) =>
    docker(["exec", name, "bash", "-c", `cd /tmp/s3 && ${script}`]);
  const start = async () => {
    await docker(["start", name]);
    await until("the S3 server", () => answers(name, endpoint));
  };
  await start();
  return {
    endpoint,
    bucket,
    accessKey,
    secretKey,
    inside,
    start,
    ca: await inside("cat ca.pem"),
    filesWith: async (text) => {
      const found = await inside(`cd data && { grep -rlF -- '${text}' . || true; }`);
      return found === "" ? [] : found.split("\n");
    },
    stop: async () => {
      await docker(["stop", "--time", "2", name]);
    },
    remove: async () => {
      await docker(["rm", "--force", "--volumes", name]);
      await removeNetworks(dockerAt(), [network]);
    },
  };
}

// Go looks at a certificate's addresses, pgBackRest at its names alone.
const startScript = `set -euo pipefail
mkdir -p /tmp/s3
cd /tmp/s3
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc)
if [[ ! -e ready ]]; then
  openssl req -x509 "\${key[@]}" -days 2 -subj "/CN=authority of the tests" -keyout ca.key -out ca.pem
  openssl req "\${key[@]}" -subj "/CN=s3" -keyout key.pem -out request.pem
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -out certificate.pem \\
    -extfile <(echo "subjectAltName=IP:$1,DNS:$1")
  mkdir -p "data/$3"
  touch ready
fi
exec versitygw --port "$2" --cert /tmp/s3/certificate.pem --key /tmp/s3/key.pem posix /tmp/s3/data`;

/** @throws Error with its log when it has ended */
async function answers(name: string, endpoint: string): Promise<boolean> {
  if ((await docker(["inspect", "--format", "{{.State.Running}}", name])) === "false") {
    throw new Error(`the S3 server ended:\n${await logs(name)}`);
  }
  const script = `openssl s_client -connect ${endpoint} -CAfile /tmp/s3/ca.pem -verify_return_error </dev/null`;
  return (await tryDocker(["exec", name, "bash", "-c", script])).code === 0;
}
