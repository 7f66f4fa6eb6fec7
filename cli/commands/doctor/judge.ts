import { dockerPlan } from "../../host/docker-plan.js";
import type { Facts, Finding } from "./facts.js";
import { domainFindings } from "./domains-judge.js";
import { hostFindings } from "./host-judge.js";
import { diskProblem, portProblem } from "../../host/preflight.js";

/** Judges what was found, a line each, in the order in which it would be mended. */
export function findingsOf(facts: Facts, now = new Date()): Finding[] {
  return [
    system(facts),
    node(facts),
    docker(facts),
    ...(facts.daemon === undefined ? [] : [architecture(facts), limits(facts)]),
    disk(facts),
    memory(facts),
    ...settings(facts),
    ...certificate(facts, now),
    ...(facts.domains === undefined ? [] : domainFindings(facts.domains)),
    ...ports(facts),
    ...running(facts),
    base(facts),
    scheduler(facts),
    engine(facts),
    ...(facts.host === undefined ? [] : hostFindings(facts.host)),
  ];
}

/** The screen, one aligned line a finding. */
export function screen(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map((each) => each.name.length));
  const levels = Math.max(4, ...findings.map((each) => each.level.length));
  return findings.map(
    ({ level, name, text }) => `${level.padEnd(levels)}  ${name.padEnd(width)}  ${text}`,
  );
}

const gibibyte = 1024 ** 3;
const inGigabytes = (bytes: number) => `${(bytes / gibibyte).toFixed(1)} GB`;

const ok = (name: string, text: string): Finding => ({ level: "ok", name, text });
const warn = (name: string, text: string): Finding => ({ level: "warn", name, text });
const fail = (name: string, text: string): Finding => ({ level: "fail", name, text });

function system({ system: name }: Facts): Finding {
  return /Debian|Ubuntu/.test(name)
    ? ok("system", name)
    : warn("system", `${name}; Keelson is tried on Debian and Ubuntu`);
}

function node({ node: version }: Facts): Finding {
  return Number(version.split(".")[0]) >= 22
    ? ok("node", version)
    : fail("node", `${version} is too old; install Node 22 or newer`);
}

function docker({ machine, daemon }: Facts): Finding {
  const plan = dockerPlan(machine);
  if (plan.kind === "ready") return ok("docker", `engine ${daemon?.version ?? "answers"}`);
  if (plan.kind === "refuse") return fail("docker", plan.message);
  const what = plan.install ? "install and start it" : "start it";
  return fail("docker", `no engine answers; npm start will ${what}`);
}

function architecture({ daemon, architecture: own }: Facts): Finding {
  const name = "architecture";
  if (daemon === undefined || daemon.architecture === own) return ok(name, own);
  return warn(
    name,
    `the engine is ${daemon.architecture}, this machine ${own}; images are built for the engine`,
  );
}

function limits({ daemon }: Facts): Finding {
  const name = "limits";
  if (daemon === undefined) return ok(name, "-");
  const { memoryLimit, pidsLimit, cpuLimit, cgroupVersion } = daemon;
  const lacking = Object.entries({ memory: memoryLimit, pids: pidsLimit, cpu: cpuLimit })
    .filter(([, there]) => !there)
    .map(([each]) => each);
  if (lacking.length === 0) return ok(name, `cgroup v${cgroupVersion}: memory, pids, cpu`);
  return fail(
    name,
    `the kernel enforces no limit on ${lacking.join(", ")}; enable these cgroup controllers and restart Docker`,
  );
}

function disk({ disk: found }: Facts): Finding {
  if (found?.free === undefined)
    return warn("disk", "not known: the engine is not on this machine");
  const problem = diskProblem(found.root, found.free);
  return problem === undefined
    ? ok("disk", `${inGigabytes(found.free)} free at ${found.root}`)
    : fail("disk", problem);
}

function memory({ memoryFree }: Facts): Finding {
  const text = `${inGigabytes(memoryFree)} available`;
  if (memoryFree >= 2 * gibibyte) return ok("memory", text);
  return memoryFree >= gibibyte
    ? warn("memory", `${text}; 2 GB are comfortable`)
    : fail("memory", `${text}; the stack needs 1 GB, stop something or add memory`);
}

function settings(facts: Facts): Finding[] {
  if (facts.settings.length === 0) return [ok("settings", "right")];
  const count = facts.settings.length;
  return [fail("settings", `${count} problems; keelson check names them`)];
}

/** Days of a certificate that are enough to renew it by hand. */
export const renewalDays = 14;

function certificate({ certificate: found }: Facts, now: Date): Finding[] {
  if (found === undefined) return [];
  const { validUntil, missingIssuer } = found;
  const days = Math.floor((validUntil.getTime() - now.getTime()) / 86_400_000);
  const until = `valid until ${validUntil.toISOString().slice(0, 10)}, ${String(days)} days`;
  const wrong = [
    ...(days < renewalDays ? ["renew it, set the secret and run keelson up"] : []),
    ...(missingIssuer === undefined
      ? []
      : [`the certificate of its issuer (${missingIssuer}) is missing: put fullchain.pem first`]),
  ];
  return wrong.length === 0
    ? [ok("certificate", until)]
    : [warn("certificate", [until, ...wrong].join("; "))];
}

function ports(facts: Facts): Finding[] {
  return facts.ports.map(({ wanted, holder }) => {
    const name = `port ${wanted.port}`;
    if (holder === undefined) return ok(name, `free (${wanted.setting})`);
    return holder.own
      ? ok(name, `held by ${holder.name}, this stack's own`)
      : fail(name, portProblem(wanted, holder));
  });
}

function running({ running: found }: Facts): Finding[] {
  if (found === undefined) return [];
  const { count, problems } = found;
  if (problems.length === 0) {
    return [ok("containers", `${String(count)} run as they should`)];
  }
  return problems.map(({ level, text }) => ({ level, name: "containers", text }));
}

function base({ base: { reference, from }, mmdebstrap, machine }: Facts): Finding {
  if (from === "local") return ok("base image", `${reference} is here`);
  if (from === "registry") return ok("base image", `${reference}, its registry answers`);
  if (mmdebstrap) return ok("base image", "no registry answers; mmdebstrap makes it");
  if (machine.root && machine.apt) {
    return ok("base image", "no registry answers; npm start installs mmdebstrap and makes it");
  }
  return fail(
    "base image",
    `${reference} is not here and its registry does not answer; run \`sudo apt-get install mmdebstrap\``,
  );
}

function scheduler({ github, go }: Facts): Finding {
  if (github) return ok("supercronic", "its releases answer");
  return go
    ? ok("supercronic", "its releases do not answer; Go builds it")
    : warn(
        "supercronic",
        "its releases do not answer and there is no Go to build it; install golang-go if the jobs image is not built yet",
      );
}

function engine({ engine: choice }: Facts): Finding {
  if (choice === undefined) return fail("engine", "none; use --engine embedded");
  return choice.kind === "cli"
    ? ok("engine", `Pulumi CLI, ${choice.binary} (${choice.why})`)
    : warn("engine", `embedded: ${choice.why}; other stacks than local need Pulumi's CLI`);
}
