import { inConfiguration, maintenanceFiles } from "#release/haproxy/maintenance";

/** The entries that a worker of HAProxy has of maintenance's files: versions of them, and one that counts. */
export class FakeMaps {
  readonly #entries = new Map<string, string[]>();
  readonly #next = new Map<string, { readonly version: string; readonly entries: string[] }>();
  #version = 0;

  /**
   * @param files of the proxy's volume, as they are when the worker starts
   * @param virtual maps that have no file
   */
  constructor(files: ReadonlyMap<string, string> = new Map(), virtual: readonly string[] = []) {
    for (const name of virtual) this.#entries.set(name, []);
    for (const file of [maintenanceFiles.state, maintenanceFiles.allow]) {
      const lines = (files.get(file) ?? "").split("\n").filter((line) => line !== "");
      this.#entries.set(inConfiguration(file), lines);
    }
  }

  /** What HAProxy goes by. */
  entries(file: string): readonly string[] {
    return this.#entries.get(inConfiguration(file)) ?? [];
  }

  /** The values of a map without a file. */
  virtual(name: string): string[] {
    return (this.#entries.get(name) ?? []).map((entry) => entry.split(" ")[1] ?? "");
  }

  /** What a command prints; undefined for one that is of something else. */
  run(command: string): string | undefined {
    const [verb = "", kind = "", ...args] = command.split(" ");
    const path = args.find((each) => this.#entries.has(each));
    if (path === undefined || (kind !== "map" && kind !== "acl")) return undefined;
    const entry = args.slice(args.indexOf(path) + 1).join(" ");
    if (verb === "show") return this.#show(path);
    if (verb === "prepare") return this.#prepare(path);
    if (verb === "clear") {
      this.#entries.set(path, []);
      return "\n";
    }
    const next = this.#next.get(path);
    if (next === undefined || args[0] !== `@${next.version}`) return "Version does not exist.\n";
    if (verb === "commit") {
      this.#entries.set(path, next.entries);
      return "\n";
    }
    if (kind === "acl" && !/^[\d.:a-f]+(\/\d{1,2})?$/.test(entry))
      return `'${entry}' is not a valid IPv4 or IPv6 address.\n`;
    next.entries.push(entry);
    return "\n";
  }

  #show(path: string): string {
    return (this.#entries.get(path) ?? []).map((each) => `0x7f2a ${each}\n`).join("") + "\n";
  }

  #prepare(path: string): string {
    this.#version += 1;
    this.#next.set(path, { version: String(this.#version), entries: [] });
    return `New version created: ${String(this.#version)}\n`;
  }
}
