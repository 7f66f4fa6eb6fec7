// A PostgreSQL server that no stack runs: a container of its own, with TLS and an authority of its own, which is
// reached by this machine's address.
import { buildImage, docker, tryDocker, until } from "./docker.js";
import { takeHostAddress } from "./host-address.js";

// node-postgres takes a server that is asked by its address for localhost.
/** Makes a cluster, an authority and a certificate from it, and takes connections from elsewhere by TLS alone. */
const serve = `set -eu
umask 077
cd /tmp
initdb --pgdata=/tmp/data --username=postgres --auth-local=trust --auth-host=reject >/dev/null
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -subj '/CN=an authority elsewhere' -days 2 -keyout ca.key -out ca.crt
openssl req $key -subj /CN=db -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \\
  -extfile <(echo "subjectAltName=IP:$ADDRESS,DNS:localhost") -out server.crt
echo 'hostssl all all 0.0.0.0/0 scram-sha-256' >>/tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c unix_socket_directories=/tmp \\
  -c ssl=on -c ssl_cert_file=/tmp/server.crt -c ssl_key_file=/tmp/server.key -c max_connections=40`;

/** A server elsewhere. */
export class Elsewhere {
  readonly name: string;
  /** Certificate of its authority, in PEM, once it has started. */
  authority = "";
  private readonly port: number;
  private address = "";

  constructor(name: `test-${string}`, port: number) {
    this.name = name;
    this.port = port;
  }

  async start(): Promise<void> {
    await this.remove();
    const image = await buildImage("postgres");
    this.address = await takeHostAddress(`${this.name}-host`);
    await docker([
      "run",
      "--detach",
      "--init",
      "--name",
      this.name,
      "--user",
      "999:999",
      "--no-healthcheck",
      "--publish",
      `${this.address}:${String(this.port)}:5432`,
      "--env",
      `ADDRESS=${this.address}`,
      "--entrypoint",
      "bash",
      image,
      "-c",
      serve,
    ]);
    await until("the server elsewhere answers", async () => {
      const { code } = await tryDocker(["exec", this.name, "pg_isready", "-h", "/tmp"]);
      return code === 0;
    });
    this.authority = await docker(["exec", this.name, "cat", "/tmp/ca.crt"]);
  }

  /** Runs statements as its superuser; what they printed. */
  async sql(text: string, database = "postgres"): Promise<string> {
    const psql = ["psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", "/tmp"];
    const args = ["exec", "-i", this.name, ...psql, "-U", "postgres", "-d", database];
    return (await docker(args, text)).trim();
  }

  /** How a role of it connects. */
  url(role: string, password: string, database: string): string {
    const place = `${this.address}:${String(this.port)}`;
    return `postgresql://${role}:${encodeURIComponent(password)}@${place}/${database}`;
  }

  async remove(): Promise<void> {
    await tryDocker(["rm", "--force", "--volumes", this.name]);
    await tryDocker(["network", "rm", `${this.name}-host`]);
  }
}
