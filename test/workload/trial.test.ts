import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { bundle, issue } from "../support/certificates.js";
import { oneShotLine, runSettings, shared } from "../support/program.js";

const app = {
  name: "shop",
  image: "shop:1.0",
  volumes: [{ name: "files", path: "/f", backup: true }],
};
const images = { proxy: "proxy:1", backup: "backup:1", acme: "acme:1" };
const files = shared(() => {
  const { certificate, key } = issue({ domains: ["localhost"] });
  return runSettings(
    settingsFrom({
      environment: "local",
      app,
      images,
      secrets: { TLS: {} },
      proxy: { memory: "64MiB", tls: { mode: "files", certificateSecret: "TLS" } },
    }),
    { environment: { TLS: bundle(certificate, key) } },
  );
});

/** The arguments after the name of the container, and the names of the variables that the step has. */
async function trial(name: string, of = files) {
  const inputs = (await of()).inputs(`shop-test-${name}-trial`);
  const own = (each: string) => !each.startsWith("ONE_SHOT");
  const variables = Object.keys(inputs["environment"] as object).filter(own);
  return { command: oneShotLine(inputs), variables };
}

const hardened = (memory: string, more = "") =>
  `--read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 256 --memory ${memory} --init --tmpfs /tmp ${more}` +
  "--label dev.keelson.managed-by=keelson --label dev.keelson.project=shop --label dev.keelson.stack=test --label dev.keelson.workload=one-shot";

describe("the trial of a container", () => {
  it("is of the proxy's image, memory and volumes, which it only reads, without its network and ports", async () => {
    const runtime = "/run/haproxy:rw,noexec,nosuid,nodev,size=16m,uid=99,gid=99";
    expect(await trial("proxy")).toEqual({
      command:
        `${hardened("64m", `--tmpfs ${runtime} `)} --user 99:99 --network none ` +
        "--volume shop-test-proxy-config:/config:ro " +
        "proxy:1 verify-start",
      variables: [],
    });
  });

  it("gets the environment of the schedules, and reads its secrets", async () => {
    const { command, variables } = await trial("backup");
    expect(command).toMatch(/ backup:1 \/usr\/local\/bin\/cron --check \/usr\/local\/bin\/serve$/);
    expect(command).toContain("--user 999:999 --network none --env CRONTAB --env BACKUP_DIR ");
    expect(command).toContain(" --volume shop-test-backup-secrets-1234567:/run/secrets:ro ");
    expect(command.match(/--volume \S+/g)?.filter((each) => !each.endsWith(":ro"))).toEqual([]);
    const run = await files();
    const { envs } = run.inputs("shop-test-backup") as { envs: string[] };
    expect(variables.sort()).toEqual(envs.map((each) => each.split("=")[0]).sort());
  });

  it.each([
    ["drill", "/usr/local/bin/cron --check"],
    ["volumes", "/usr/local/bin/cron --check"],
  ])("of %s is %s", async (name, command) => {
    expect((await trial(name)).command.endsWith(` backup:1 ${command}`)).toBe(true);
  });

  it("of certificates by ACME looks at the schedule, and asks no server", async () => {
    const run = shared(() =>
      runSettings(
        settingsFrom({
          environment: "local",
          app,
          images,
          proxy: {
            domains: ["shop.com"],
            tls: { mode: "acme", acme: { email: "a@b.co", agreeTerms: true } },
          },
        }),
      ),
    );
    const { command, variables } = await trial("proxy-acme", run);
    expect(command).toMatch(
      / --network none .* acme:1 \/usr\/local\/bin\/obtain-certificate check$/,
    );
    expect(variables).toContain("CRON_SCHEDULE");
    expect((await run()).before("shop-test-proxy-acme")).toContain("shop-test-proxy-acme-trial");
  });

  it.each(["proxy", "backup", "drill", "volumes"])(
    "of %s comes before what it is tried for, and after what it reads",
    async (name) => {
      const run = await files();
      expect(run.before(`shop-test-${name}`)).toContain(`shop-test-${name}-trial`);
      const read = name === "proxy" ? "config-owner" : "secrets-fill";
      expect(run.before(`shop-test-${name}-trial`)).toContain(`shop-test-${name}-${read}`);
    },
  );

  it("is of nothing else", async () => {
    const names = (await files()).names.filter((each) => each.endsWith("-trial"));
    expect(
      names.map((each) => each.replace("command:local:Command shop-test-", "")).sort(),
    ).toEqual(["backup-trial", "drill-trial", "proxy-trial", "volumes-trial"]);
  });
});
