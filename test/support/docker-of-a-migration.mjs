#!/usr/bin/env node
// A `docker` on the PATH of a migration's step, as real processes: the lock's holder, and a migration that logs until
// the file `end` is there or its container is removed. What it is asked stands in the file `asked`.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { clearInterval, setInterval } from "node:timers";

const folder = process.env.STAND_IN;
const words = process.argv.slice(2);
const there = (name) => existsSync(join(folder, name));
const note = (line) => {
  appendFileSync(join(folder, "asked"), `${line}\n`);
};
const idFile = words[words.indexOf("--cidfile") + 1];

function hold() {
  writeFileSync(idFile, "holder");
  let isOpen = false;
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    if (isOpen) {
      note(`told: ${line}`);
      console.log("ok");
    } else if (line === "") {
      isOpen = true;
      console.log("locked\nneeded");
    }
  });
  lines.on("close", () => {
    note("holder ended");
  });
}

function start() {
  writeFileSync(join(folder, "running"), "");
  note("start");
  const timer = setInterval(() => {
    console.log("migrating");
    if (!there("end") && !there("removed")) return;
    clearInterval(timer);
    process.exitCode = there("removed") ? 137 : 0;
  }, 20);
}

if (words[0] === "run") hold();
else if (words[0] === "create") writeFileSync(idFile, "migration");
else if (words[0] === "start") start();
else if (words[0] === "rm") {
  note(words.join(" "));
  if (there("running")) writeFileSync(join(folder, "removed"), "");
} else if (words[0] === "image") {
  console.log("sha256:1");
}
