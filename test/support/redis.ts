// Redis servers run by hand as the program runs them, and clients of them.
import { connect, type Socket } from "node:net";
import { redisWorkload } from "#components/redis";
import { redisServer, type RedisServer } from "#components/redis/settings";
import { docker, hardened, tryDocker, untilHealthy } from "./docker.js";
import { volume, type Tags } from "./images.js";

/** The app's password on every server of these tests. */
export const redisPassword = "app-password";

/** Secrets of every server of these tests. */
export const redisSecrets = { PASSWORD: redisPassword, MONITOR_PASSWORD: "monitor-password" };

/** A server by the name of its container; its network, and the volumes of its secrets and data, are named after these. */
export interface NamedServer {
  readonly tags: Tags;
  /** First part of the names of what the test file's servers share. */
  readonly prefix: string;
  readonly name: string;
}

export const settingsOf = (given: object): RedisServer => redisServer.parse(given);

/** Words of a `docker run` of a server, as the program runs it. @param args of the server, after ours */
export function redisArgs(
  { tags, prefix, name }: NamedServer,
  settings: RedisServer,
  o: {
    readonly more: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
  },
): string[] {
  const { env, tmpfs, memory } = redisWorkload(settings);
  return [
    "run",
    ...o.more,
    "--name",
    name,
    ...hardened,
    "--user",
    "998:998",
    "--memory",
    memory.replace("iB", "").toLowerCase(),
    ...Object.entries({ ...env, ...o.env }).flatMap((each) => ["--env", each.join("=")]),
    ...Object.entries(tmpfs).flatMap((each) => ["--tmpfs", each.join(":")]),
    "--volume",
    `${prefix}-secrets:/run/secrets:ro`,
    ...(settings.for === "queue" ? ["--volume", `${name}-data:/data`] : []),
    tags["redis"] ?? "",
    ...(o.args ?? []),
  ];
}

/** Starts a server, and waits until it is healthy. Returns its name. */
export async function startRedis(
  server: NamedServer,
  settings: RedisServer,
  args: readonly string[] = [],
): Promise<string> {
  const { tags, prefix, name } = server;
  if (settings.for === "queue") await volume(tags, `${name}-data`, 998);
  const more = ["--detach", "--network", `${prefix}-data`];
  await docker(redisArgs(server, settings, { more, args }));
  await untilHealthy(name);
  return name;
}

/** What the server answers to a command of a user. */
export async function askRedis(name: string, user: string, secret: string, ...command: string[]) {
  const login = ["--user", user, "--pass", secret, "--no-auth-warning"];
  return (await tryDocker(["exec", name, "valkey-cli", ...login, ...command])).stdout.trim();
}

/** Address of a container. */
export function addressOf(name: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return docker(["inspect", "--format", format, name]);
}

/** Pushes numbers, one after the other, each once the one before is acknowledged, until the connection ends. */
export function push(address: string): {
  readonly begun: Promise<undefined>;
  readonly acknowledged: Promise<number>;
} {
  const socket: Socket = connect(6379, address);
  let count = 0;
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  const next = () => socket.write(`RPUSH numbers ${String(count + 1)}\r\n`);
  socket.write(`AUTH app ${redisPassword}\r\n`);
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    if (text.startsWith("-")) socket.destroy(new Error(text));
    if (text.startsWith(":")) count += 1;
    if (count === 500) begin(undefined);
    next();
  });
  // The kill resets the connection.
  socket.on("error", () => undefined);
  const acknowledged = new Promise<number>((resolve) => {
    socket.on("close", () => {
      resolve(count);
    });
  });
  return { begun, acknowledged };
}
