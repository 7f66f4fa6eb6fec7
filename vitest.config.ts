import { defineConfig } from "vitest/config";
import LongestFirst from "#test/support/sequencer";

export default defineConfig({
  test: {
    expect: { requireAssertions: true },
    // What a command has printed stands whole in a failure, not only the lines next to the first that differs.
    diff: { expand: true },
    sequence: { sequencer: LongestFirst },
    tags: [
      {
        name: "long",
        description: "In `npm run test:all` alone; `npm test` shows the promise by another test.",
      },
    ],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          // The program's packages are loaded once a lane, not once a file.
          isolate: false,
          setupFiles: ["test/support/as-it-was.ts"],
          // By default vitest leaves one processor to its own process, which has little to do.
          maxWorkers: 2,
          // A run of the whole program takes a third of a second, and a hundred times that where a dozen processes want
          // the same two cores; a file's own hook has four of them.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // Two lanes: a file spends half of its time waiting for Docker. More of them than processors make tests fail
          // that wait for health within seconds.
          maxWorkers: 2,
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 300_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
