import { describe, expect, it } from "vitest";
import { lastCheck, serverStates, serves, stateOf } from "#release/haproxy/state";

/** As HAProxy 3.0 prints them. */
const shown = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 app 1 only-1 172.18.0.4 2 0 1 1 61 15 3 4 6 0 0 0 shop-1 3000 - 0 0 - - 0
3 app 2 only-2 172.18.0.5 0 8 1 1 2 8 2 0 6 0 0 0 shop-2 3000 - 0 0 - - 0
3 app 3 app-1 - 0 32 1 1 2 1 0 0 14 0 0 0 shop-3 3000 - 0 0 - - 0
3 app 4 app-2 172.18.0.4 0 5 1 1 61 1 0 0 14 0 0 0 shop-1 3000 - 0 0 - - 0
4 acme 1 acme 172.18.0.9 2 0 1 1 61 1 0 0 0 0 0 0 acme 8080 - 0 0 - - 0

`;

describe("serverStates", () => {
  const states = serverStates(shown);
  const usual = { section: "app", address: "", up: false, inMaintenance: false, draining: false };

  it("are read as HAProxy prints them", () => {
    expect(states).toEqual([
      { ...usual, server: "only-1", host: "shop-1", address: "172.18.0.4", up: true },
      { ...usual, server: "only-2", host: "shop-2", address: "172.18.0.5", draining: true },
      // Its name stands for nothing: for a while, as when its container is restarted.
      { ...usual, server: "app-1", host: "shop-3" },
      // By its configuration.
      { ...usual, server: "app-2", host: "shop-1", address: "172.18.0.4", inMaintenance: true },
      { ...usual, section: "acme", server: "acme", host: "acme", address: "172.18.0.9", up: true },
    ]);
  });

  it("are none where HAProxy has no servers, or says something else", () => {
    expect(serverStates("1\n# be_id be_name …\n")).toEqual([]);
    expect(serverStates("Unknown command.\n")).toEqual([]);
  });

  it.each([
    ["up, out of maintenance", "only-1", "shop-1", true],
    ["of another container", "only-1", "shop-9", false],
    ["drained", "only-2", "shop-2", false],
    ["without an address", "app-1", "shop-3", false],
    ["in maintenance", "app-2", "shop-1", false],
    ["that is not there", "app-9", "shop-1", false],
  ])("say whether one serves: %s", (_what, server, host, expected) => {
    expect(serves({ section: "app", server, host }, states)).toBe(expected);
  });

  it("are distinguished by section", () => {
    expect(stateOf({ section: "tcp-1", server: "only-1" }, states)).toBeUndefined();
    expect(stateOf({ section: "app", server: "only-1" }, states)?.host).toBe("shop-1");
  });
});

describe("lastCheck", () => {
  const stat = `# pxname,svname,qcur,status,check_status,check_code,check_duration,last_chk
app,only-1,0,UP,L7OK,200,1,OK
app,only-2,0,DOWN,L7STS,404,1,Not Found
app,app-1,0,DOWN,* L4CON,,0,Connection refused
app,app-2,0,no check,,,,
tcp-1982,only-2,0,DOWN,L4TOUT,,2001,
app,app-3,0,DOWN,* L7STS,0,0,
`;

  it.each([
    ["app", "only-1", "it answers with status 200 OK"],
    ["app", "only-2", "it answers with status 404 Not Found"],
    // A star says that a check is in progress.
    ["app", "app-1", "it takes no connection Connection refused"],
    ["app", "app-2", "it is checked no more"],
    ["tcp-1982", "only-2", "it takes no connection in time"],
    ["app", "app-9", "it is not there"],
    // Between two checks that both end with an error.
    ["app", "app-3", "it is being checked"],
  ])("of %s/%s is: %s", (section, server, expected) => {
    expect(lastCheck(stat, section, server)).toBe(expected);
  });
});
