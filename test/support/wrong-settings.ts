// Mistakes of a person in the settings of a stack.
import type { Mapping } from "#lib/merge";

/** A wrong setting of each kind, and the line that it comes to. */
export const wrongSettings: readonly (readonly [string, Mapping, RegExp])[] = [
  ["an unknown key", { proxy: { domain: ["a"] } }, /^proxy\.domain: is not a setting; .*"domains"/],
  ["a wrong type", { app: { logLevel: 3 } }, /^app\.logLevel: 3 is .*; \S/],
  ["a bad size", { postgres: { memory: "512MB" } }, /^postgres\.memory: .*; \S/],
  ["a bad duration", { app: { stopTimeout: "soon" } }, /^app\.stopTimeout: .*; \S/],
  ["a bad schedule", { backup: { schedule: "at night" } }, /^backup\.schedule: .*; \S/],
  ["a bad port", { proxy: { httpPort: 70_000 } }, /^proxy\.httpPort: .*; \S/],
  ["a bad identifier", { database: { name: "Robert'); DROP" } }, /^database\.name: .*; \S/],
  [
    "a domain twice",
    { proxy: { domains: ["a.example", "a.example"] } },
    /^proxy\.domains\[1\]: .*; \S/,
  ],
  [
    "a port twice",
    { proxy: { httpPort: 15_432 }, postgres: { adminPort: 15_432 } },
    /^postgres\.adminPort: .*; \S/,
  ],
  ["too many connections", { app: { poolSize: 90 } }, /^app\.poolSize: 90 × 2 .*; \S/],
  [
    "a secret that is not there",
    { app: { secrets: ["LOST"] } },
    /^app\.secrets\[0\]: .*LOST.*; \S/,
  ],
  ["an unknown word", { environment: "staging" }, /^environment: .*; \S/],
  ["a bad pattern", { secrets: { A: { pattern: "(" } } }, /^secrets\.A.*: .*; \S/],
  [
    "a file setting without its file",
    { proxy: { tls: { mode: "files" } } },
    /^proxy\.tls\.certificateSecret: .*; \S/,
  ],
];
