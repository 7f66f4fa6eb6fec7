// Takes numbers from a list of Redis, works on each for a while, and writes it to another list. What it holds when it is
// killed is gone: nobody else has it any more.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

if (process.env.FAULT === "exit") {
  console.log("this worker ends by itself");
  process.exit(3);
}

const url = new URL(readFileSync(process.env.REDIS_URL_FILE, "utf8").trim());
const socket = connect(Number(url.port), url.hostname);
socket.setEncoding("utf8");
let text = "";
let wake = () => undefined;
socket.on("data", (chunk) => {
  text += chunk;
  wake();
});

function reply() {
  const pair = /^\*2\r\n\$\d+\r\n.*\r\n\$\d+\r\n(.*)\r\n/.exec(text);
  const line = text.startsWith("*2") ? null : /^([+:*-].*)\r\n/.exec(text);
  const found = pair ?? line;
  if (found === null) return undefined;
  text = text.slice(found[0].length);
  return found[1];
}

async function ask(command) {
  socket.write(`${command}\r\n`);
  for (;;) {
    const answer = reply();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => {
      wake = resolve;
    });
  }
}

let stopping = false;
// Deaf on demand: it goes on as if nobody had asked it to stop.
process.on("SIGTERM", () => {
  stopping = process.env.FAULT !== "deaf";
});

await ask(`AUTH ${url.username} ${decodeURIComponent(url.password)}`);
while (!stopping) {
  const task = await ask("BRPOP tasks 1");
  if (task === "*-1") continue;
  await delay(200);
  await ask(`RPUSH done ${task}`);
}
socket.end();
