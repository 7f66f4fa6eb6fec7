import { text } from "node:stream/consumers";
import { readSources, type SourcesRequest } from "./read.js";

// `bin/read-secrets.mjs`: a request on standard input, its answer on standard output. A process of its own, since the
// program needs its settings at once and the sources take their time; nothing of it stands in arguments.
process.once("SIGINT", () => process.exit(130));
const request = JSON.parse(await text(process.stdin)) as SourcesRequest;
const answer = await readSources(request, process.env);
process.stdout.write(JSON.stringify(answer));
