// The program of the page's container: it serves the page that it makes of what monitoring has written.
//
//   PAGE          settings in JSON (PageSettings)
//   PAGE_FOLDER   folder with the figures; default /facts
//   PAGE_PORT     default 8080
//
// With the argument `check` it only looks whether it could start.
import { createServer } from "node:http";
import { failedAnswer, maintenanceHeader, PageAnswers, type PageSettings } from "./answer.js";
import { FactsFolder } from "./folder.js";

const settings = JSON.parse(process.env["PAGE"] ?? "") as PageSettings;
const answers = new PageAnswers(settings, new FactsFolder(process.env["PAGE_FOLDER"] ?? "/facts"));

function say(level: string, message: string): void {
  process.stderr.write(`${JSON.stringify({ level, message })}\n`);
}

const server = createServer((request, response) => {
  const { method = "GET", headers } = request;
  const isInMaintenance = headers[maintenanceHeader] !== undefined;
  // What a request carries is not read.
  request.resume();
  let answer = failedAnswer();
  try {
    answer = answers.to({ method, isInMaintenance, present: new Date() });
  } catch (error) {
    say("error", `the figures can't be read: ${error instanceof Error ? error.message : ""}`);
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
});

if (process.argv[2] !== "check") {
  const end = () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  server.listen(Number(process.env["PAGE_PORT"] ?? "8080"), () => {
    say("info", "the status page is served");
  });
}
