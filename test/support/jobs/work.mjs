// A job that writes down when it begins and ends: node work.mjs <milliseconds>
import { appendFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const [milliseconds = "0"] = process.argv.slice(1);
const { KEELSON_JOB: job, KEELSON_RUN: run, KEELSON_SCHEDULED: scheduled } = process.env;
const note = (what) =>
  appendFileSync("/work/runs", `${JSON.stringify({ what, job, run, scheduled })}\n`);

note("begin");
console.log(JSON.stringify({ message: "at work", version: process.env.APP_VERSION }));
await setTimeout(Number(milliseconds));
note("end");
