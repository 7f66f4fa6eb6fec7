import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A TCP socket that listens. */
export interface Listening {
  /** `0.0.0.0`, `::`, `127.0.0.1`, …; an IPv6 address other than the unspecified one as hex digits. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** The listening sockets in the text of /proc/net/tcp or tcp6. */
export function listeningIn(table: string): Listening[] {
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => {
      const [hex = "", port = ""] = (fields[1] ?? "").split(":");
      return { address: addressOf(hex), port: parseInt(port, 16), inode: fields[9] ?? "" };
    });
}

/** The socket that keeps an address from being bound, if any. */
export function conflicting(
  sockets: readonly Listening[],
  bind: string,
  port: number,
): Listening | undefined {
  const anywhere = new Set(["0.0.0.0", "::"]);
  return sockets.find(
    (each) =>
      each.port === port &&
      (anywhere.has(bind) || anywhere.has(each.address) || each.address === bind),
  );
}

/** Every listening socket of this machine. */
export function listening(): Listening[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => {
    try {
      return listeningIn(readFileSync(file, "utf8"));
    } catch {
      // No IPv6, or no /proc: then there is nothing to read, and binding will tell.
      return [];
    }
  });
}

/** The process that holds a socket, as `name (pid n)`; undefined for one of another user. */
export function holderOf(inode: string): string | undefined {
  const wanted = `socket:[${inode}]`;
  for (const pid of numbered(readable("/proc"))) {
    const descriptors = readable(`/proc/${pid}/fd`);
    if (!descriptors.some((each) => linkOf(`/proc/${pid}/fd/${each}`) === wanted)) continue;
    return `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
  }
  return undefined;
}

function addressOf(hex: string): string {
  if (/^0+$/.test(hex)) return hex.length === 8 ? "0.0.0.0" : "::";
  const v4 = hex.length === 8 ? hex : /^0{16}FFFF0000(.{8})$/.exec(hex)?.[1];
  if (v4 === undefined) return hex === "00000000000000000000000001000000" ? "::1" : hex;
  const bytes = v4.match(/../g) ?? [];
  // The kernel prints the address as a number of the machine's own byte order: little-endian.
  return bytes
    .reverse()
    .map((byte) => parseInt(byte, 16))
    .join(".");
}

function numbered(names: readonly string[]): string[] {
  return names.filter((name) => /^\d+$/.test(name));
}

function readable(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Another user's process, or one that has just ended.
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in the meantime.
    return undefined;
  }
}

/**
 * The ports of this machine in what `docker ps` prints of a container, in which neighbouring ones are a range:
 * `0.0.0.0:8000-8002->8000-8002/tcp, :::80->8080/tcp, 9000/tcp`.
 */
export function publishedIn(text: string): { readonly address: string; readonly port: number }[] {
  return text.split(", ").flatMap((each) => {
    const [, address = "", first, last = first] = /^(.*):(\d+)(?:-(\d+))?->/.exec(each) ?? [];
    if (first === undefined) return [];
    const length = Number(last) - Number(first) + 1;
    return Array.from({ length }, (_, index) => ({ address, port: Number(first) + index }));
  });
}
