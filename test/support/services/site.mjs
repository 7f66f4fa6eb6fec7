// A second site next to the app, that says who answers, and what it was asked.
import { createServer } from "node:http";
import { hostname } from "node:os";

const { PORT, SITE = "1", FAULT = "" } = process.env;
let asked = 0;

const server = createServer((request, response) => {
  if (request.url === "/health") {
    response.end("well");
    return;
  }
  asked += 1;
  if (FAULT === "end" && asked === 3) {
    console.log("the site ends by itself");
    process.exit(3);
  }
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      site: SITE,
      instance: hostname(),
      path: request.url,
      prefix: request.headers["x-forwarded-prefix"] ?? null,
    }),
  );
});
server.listen(Number(PORT));
// Idle connections close, and requests in progress get their answers.
process.on("SIGTERM", () => server.close());
