import type { StepContext } from "./step-context.js";

const format = `container {{.Id}}
created {{.Created}}
started {{.State.StartedAt}}{{range .State.Health.Log}}
probe {{.ExitCode}} {{json .End}}{{end}}`;
const events = ["kill", "destroy", "create", "health_status"];
const eventsMs = 20_000;

/**
 * Returns the times at which a container was created, started and found healthy, which it is just now, and the one
 * before it was stopped, as far as Docker
 * still knows: it keeps the last five probes of a container, and its last 256 events. `keelson preview` works out from
 * it how long a restart takes.
 * @param siblings options that narrow docker's lists down to the containers of this role
 * @returns lines; a text, the reason, where Docker does not tell
 */
export async function timelineOf(
  { docker }: StepContext,
  container: string,
  siblings: string,
): Promise<readonly string[] | string> {
  const own = await docker(["inspect", "--format", format, container]);
  if (own.code !== 0) return own.stderr.trim();
  const now = await docker(["info", "--format", "{{.SystemTime}}"]);
  if (now.code !== 0) return now.stderr.trim();
  const filters = ["type=container", ...events.map((each) => `event=${each}`)];
  const told = await docker(
    [
      "events",
      "--since",
      "1",
      "--until",
      now.stdout.trim(),
      ...siblings.split(" ").filter((each) => each !== ""),
      ...filters.flatMap((each) => ["--filter", each]),
      "--format",
      "event {{.TimeNano}} {{.Actor.ID}} {{.Action}}",
    ],
    { timeoutMs: eventsMs },
  );
  if (told.code !== 0) return told.stderr.trim();
  // Docker's own first look may be to come.
  const seen = `probe 0 ${JSON.stringify(now.stdout.trim())}\n`;
  return `${own.stdout}${seen}${told.stdout}`.split("\n").filter((line) => line !== "");
}
