// A server that takes series by remote write, from who has the password.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage, docker, tryDocker, until } from "./docker.js";

/** User and password that it takes. */
export const seriesUser = { name: "keelson", password: "of-the-receiver" } as const;
/** `seriesUser.password`, as bcrypt with the least rounds. */
const hash = "$2b$04$Gn2hwLuCQPGtZkwgCLb5rOhM3Lb4mRTyLwLtAmY73O8d/wNDEVONi";

/** What a query has found. */
export interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A receiver in a container. */
export interface SeriesReceiver {
  /** The result of a query, which may be empty. @throws Error with what it says of a wrong one */
  readonly query: (expression: string) => Promise<Found[]>;
  /** Names of all metrics that it has. */
  readonly names: () => Promise<string[]>;
  readonly remove: () => Promise<void>;
}

/** Starts one that containers reach at an address and port of this machine. */
export async function startSeriesReceiver(
  container: string,
  at: { readonly address: string; readonly port: number },
): Promise<SeriesReceiver> {
  await tryDocker(["rm", "--force", "--volumes", container]);
  const program = ["--entrypoint", "prometheus", "--publish", `${at.address}:${at.port}:9090`];
  const options = [
    "--config.file=/data/none.yml",
    "--web.config.file=/data/web.yml",
    "--web.enable-remote-write-receiver",
    "--storage.tsdb.path=/data/series",
  ];
  await docker([
    "create",
    "--name",
    container,
    ...program,
    await buildImage("monitoring"),
    ...options,
  ]);
  const folder = mkdtempSync(join(tmpdir(), "keelson-receiver-"));
  writeFileSync(join(folder, "none.yml"), "{}\n");
  const users = JSON.stringify({ [seriesUser.name]: hash });
  writeFileSync(join(folder, "web.yml"), `{ "basic_auth_users": ${users} }\n`, { mode: 0o644 });
  await docker(["cp", `${folder}/.`, `${container}:/data`]);
  rmSync(folder, { recursive: true });
  await docker(["start", container]);

  const ask = async (path: string, parameters: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams(parameters).toString();
    const answer = await fetch(`http://${at.address}:${at.port}/api/v1/${path}?${query}`, {
      headers: { authorization: `Basic ${btoa(`${seriesUser.name}:${seriesUser.password}`)}` },
    });
    const { data, error } = (await answer.json()) as { data: unknown; error?: string };
    if (error !== undefined) throw new Error(`${parameters["query"] ?? path}: ${error}`);
    return data;
  };
  await until("the receiver", () =>
    ask("status/buildinfo").then(
      () => true,
      () => undefined,
    ),
  );
  return {
    query: async (expression) => {
      const { result } = (await ask("query", { query: expression })) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    names: async () => (await ask("label/__name__/values")) as string[],
    remove: async () => {
      await docker(["rm", "--force", "--volumes", container]);
    },
  };
}
