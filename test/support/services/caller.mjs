// Calls another process by its name, on kept connections and on fresh ones, and writes down how many calls failed.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const pg = createRequire("/usr/share/nodejs/")("pg");
const connectionString = readFileSync(process.env.DATABASE_URL_FILE, "utf8").trim();
const client = new pg.Client({ connectionString });
await client.connect();

const { CALLS } = process.env;
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});

function call(agent) {
  return new Promise((resolve) => {
    const sent = get(CALLS, { agent }, (response) => {
      response.resume();
      response.on("error", (error) => resolve(error.message));
      response.on("end", () =>
        resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`),
      );
    });
    sent.setTimeout(10_000, () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", (error) => resolve(error.code ?? error.message));
  });
}

async function lane(kind, agent) {
  while (!stopping) {
    const failure = await call(agent);
    await client.query("INSERT INTO calls (kind, failure) VALUES ($1, $2)", [kind, failure]);
    await delay(100);
  }
}

await Promise.all([
  lane("kept", new Agent({ keepAlive: true, maxSockets: 1 })),
  lane("fresh", false),
]);
await client.end();
