import type { Docker } from "#lib/docker";

/** A container that runs, as `docker ps` shows it; its labels are empty where it is none of Keelson's. */
export interface ShownContainer {
  readonly id: string;
  readonly name: string;
  readonly app: string;
  readonly stack: string;
  readonly workload: string;
  readonly image: string;
  /** Its ports in Docker's words, for `publishedIn`. */
  readonly ports: string;
}

const label = (name: string) => `{{.Label "dev.keelson.${name}"}}`;
const labels = [label("project"), label("stack"), label("workload")];
const format = ["{{.ID}}", "{{.Names}}", ...labels, "{{.Image}}", "{{.Ports}}"].join("\t");

/** The containers that run, of whichever stack; undefined where Docker does not say. */
export async function shownContainers(docker: Docker): Promise<ShownContainer[] | undefined> {
  const { code, stdout } = await docker(["ps", "--no-trunc", "--format", format]);
  if (code !== 0) return undefined;
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [id = "", name = "", app = "", stack = "", workload = "", image = "", ports = ""] =
      line.split("\t");
    return { id, name, app, stack, workload, image, ports };
  });
}
