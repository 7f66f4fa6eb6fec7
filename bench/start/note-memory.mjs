// `node --import …/note-memory.mjs`: at its end the process notes the most memory that it had, in KiB.
import { appendFileSync } from "node:fs";

process.on("exit", () => {
  appendFileSync(process.env.MEMORY_NOTES, `${process.resourceUsage().maxRSS}\n`);
});
