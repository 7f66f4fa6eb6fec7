import { describe, expect, it } from "vitest";
import { run } from "../support/docker.js";

interface Backup {
  readonly label: string;
  /** Seconds. */
  readonly stop: number;
  readonly timeline: number;
  readonly end: string;
  readonly error?: boolean;
}

/** The backup that images/backup/choose-backup.jq takes for a point in time in seconds on a timeline. */
async function chosen(
  backups: readonly Backup[],
  at: number,
  timeline: string,
  history = "",
): Promise<string> {
  const info = [
    {
      backup: backups.map(({ label, stop, timeline: own, end, error = false }) => ({
        label,
        error,
        timestamp: { stop },
        lsn: { stop: end },
        archive: { start: `${own.toString(16).toUpperCase().padStart(8, "0")}0000000000000004` },
      })),
    },
  ];
  const args = ["-r", "--arg", "history", history, "--arg", "timeline", timeline];
  const all = [...args, "--argjson", "at", String(at * 1e6)];
  const input = JSON.stringify(info);
  const { stdout } = await run("jq", [...all, "-f", "images/backup/choose-backup.jq"], { input });
  return stdout.trim();
}

const first = { label: "1F", stop: 100, timeline: 1, end: "0/5000000" };
const second = { label: "2F", stop: 200, timeline: 1, end: "0/A000000" };
const restored = { label: "3F", stop: 300, timeline: 2, end: "0/8000000" };
const undone = "1\t0/B000000\tno recovery target specified\n";

describe("the backup for a point in time", () => {
  it("is the newest that ended before it, in whole seconds", async () => {
    expect(await chosen([first, second], 250, "00000001")).toBe("2F");
    expect(await chosen([first, second], 200.5, "00000001")).toBe("1F");
    expect(await chosen([first, second], 201, "00000001")).toBe("2F");
    expect(await chosen([first, { ...second, error: true }], 250, "00000001")).toBe("1F");
  });

  it("is none where all ended later", async () => {
    expect(await chosen([first], 100, "00000001")).toBe("");
    expect(await chosen([], 100, "00000001")).toBe("");
  });

  it("on a timeline is one of before it was begun", async () => {
    // Timeline 2 begins between the two of timeline 1.
    const history = "1\t0/7000000\tbefore 2026-02-03 04:05:06+00\n";
    expect(await chosen([first, second], 250, "00000002", history)).toBe("1F");
    expect(await chosen([first, second, restored], 350, "00000002", history)).toBe("3F");
  });

  it("after an undo is none of the restore that was undone", async () => {
    // Timeline 3 begins where timeline 1 ended, and knows nothing of timeline 2.
    expect(await chosen([first, second, restored], 350, "00000003", undone)).toBe("2F");
  });

  it("knows timelines above 9, whose names are not their numbers", async () => {
    const late = { ...restored, label: "4F", timeline: 10 };
    const history = "1\t0/7000000\tx\n\n10\t0/9000000\ty\n";
    expect(await chosen([first, late], 350, "0000000B", history)).toBe("4F");
    expect(await chosen([first, late], 350, "0000000B", "1\t0/7000000\tx\n")).toBe("1F");
  });
});
