import { describe, expect, it } from "vitest";
import { Services } from "#cli/commands/restore/services";
import { stackFileSettings } from "#config";
import type { Docker } from "#lib/docker";
import { workloadRoles } from "#workload/roles";
import { root } from "../../../support/root.js";

const settings = stackFileSettings(root, "local");

/** A host with a running container of each of some roles; notes what is stopped. */
function host(roles: readonly string[]) {
  const stopped: string[] = [];
  const docker: Docker = (args) => {
    const [command = "", id = ""] = args;
    if (command === "stop") stopped.push(id);
    const stdout = command === "ps" ? roles.join("\n") : JSON.stringify(roles.map(inspected));
    return Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  return { services: new Services({ docker, settings, stack: "local" }, () => undefined), stopped };
}

function inspected(role: string) {
  return {
    Id: role,
    Name: `/${role}`,
    State: { Running: true },
    Config: { Image: "image", Labels: { "dev.keelson.workload": role } },
    HostConfig: { RestartPolicy: { Name: "unless-stopped" }, PortBindings: null },
    NetworkSettings: { Networks: {} },
  };
}

describe("before data is exchanged", () => {
  it("everything that writes is stopped, what a later version has made included, and nothing else", async () => {
    const { services, stopped } = host([...workloadRoles, "invented"]);
    await services.stop("writers");
    expect(stopped).toEqual(["jobs", "app", "service", "invented"]);
  });

  it("the server is stopped apart", async () => {
    const { services, stopped } = host(workloadRoles);
    await services.stop("server");
    expect(stopped).toEqual(["postgres"]);
  });
});
