import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { conflicting, holderOf, listening, listeningIn } from "#cli/host/ports";

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0
   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0 20 4 30 10 -1
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12347 1 0 100 0 0 10 0
`;
const tcp6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0 100 0 0 10 0
   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 778 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000201A8C0:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 779 1 0 100 0 0 10 0
`;

describe("listeningIn", () => {
  it("reads the listening sockets of /proc/net/tcp and leaves out connections", () => {
    expect(listeningIn(tcp)).toEqual([
      { address: "127.0.0.1", port: 8080, inode: "12345" },
      { address: "0.0.0.0", port: 80, inode: "12347" },
    ]);
  });

  it("reads IPv6 and mapped addresses", () => {
    expect(listeningIn(tcp6)).toEqual([
      { address: "::", port: 443, inode: "777" },
      { address: "::1", port: 22, inode: "778" },
      { address: "192.168.1.2", port: 25, inode: "779" },
    ]);
  });
});

describe("conflicting", () => {
  const sockets = [...listeningIn(tcp), ...listeningIn(tcp6)];
  it.each([
    ["127.0.0.1", 8080, "12345"],
    ["0.0.0.0", 8080, "12345"],
    ["192.168.1.2", 8080, undefined],
    ["127.0.0.1", 80, "12347"],
    ["127.0.0.1", 443, "777"],
    ["127.0.0.1", 8081, undefined],
  ])("of %s:%d is %s", (address, port, inode) => {
    expect(conflicting(sockets, address, port)?.inode).toBe(inode);
  });
});

describe("holderOf", () => {
  it("names the process that listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const socket = conflicting(listening(), "127.0.0.1", port);
    expect(holderOf(socket?.inode ?? "")).toMatch(new RegExp(`\\(pid ${process.pid}\\)$`));
    server.close();
  });

  it("knows nobody for a socket that is gone", () => {
    expect(holderOf("0")).toBeUndefined();
  });
});
