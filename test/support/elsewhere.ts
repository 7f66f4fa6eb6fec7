// A PostgreSQL server that no stack runs: a container of its own, with TLS and an authority of its own, which is
// reached by this machine's address.
import { issue } from "./certificates.js";
import { buildImage, docker, tryDocker, until } from "./docker.js";
import { takeHostAddress } from "./host-address.js";

/** Makes a cluster with the certificate of its environment, and takes connections from elsewhere by TLS alone. */
const serve = `set -eu
initdb --pgdata=/tmp/data --username=postgres --auth-local=trust --auth-host=reject >/dev/null
printf %s "$CERTIFICATE" >/tmp/server.crt
(umask 077; printf %s "$KEY" >/tmp/server.key)
echo 'hostssl all all 0.0.0.0/0 scram-sha-256' >>/tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c unix_socket_directories=/tmp \\
  -c ssl=on -c ssl_cert_file=/tmp/server.crt -c ssl_key_file=/tmp/server.key -c max_connections=40`;

/** A server elsewhere. */
export class Elsewhere {
  readonly name: string;
  /** Certificate of its authority, in PEM. */
  readonly authority: string;
  private readonly port: number;
  private readonly issuer = issue({ name: "an authority elsewhere" });
  private address = "";

  constructor(name: `test-${string}`, port: number) {
    this.name = name;
    this.port = port;
    this.authority = this.issuer.certificate;
  }

  async start(): Promise<void> {
    await this.remove();
    const image = await buildImage("postgres");
    this.address = await takeHostAddress(`${this.name}-host`);
    const own = issue({ by: this.issuer, name: "db", addresses: [this.address] });
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
      `CERTIFICATE=${own.certificate}`,
      "--env",
      `KEY=${own.key}`,
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
