import { dirname } from "node:path";

/** The facts of a service that follows. */
export interface UnitFacts {
  readonly stack: string;
  readonly project: string;
  /** Arguments of the process, program first. */
  readonly command: readonly string[];
  /** Folder of the project, absolute. */
  readonly directory: string;
  /** Its user: the owner of that folder. */
  readonly user: string;
  /** The user's own folder. */
  readonly home: string;
  /** Groups that it needs besides, such as Docker's. */
  readonly groups: readonly string[];
  /** Folders that it writes. */
  readonly writes: readonly string[];
}

/** Name of a stack's unit. */
export function unitName({ project, stack }: Pick<UnitFacts, "project" | "stack">): string {
  return `keelson-follow-${project}-${stack}.service`;
}

/** File with the variables of a stack's follower, such as its secrets. */
export function environmentFile({ project, stack }: Pick<UnitFacts, "project" | "stack">): string {
  return `/etc/keelson/${project}-${stack}.env`;
}

/** The unit's text. An up that runs is awaited when the service stops: only the follower gets the signal. */
export function unitText(facts: UnitFacts): string {
  const program = facts.command[0] ?? "";
  const path = [
    dirname(program),
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
  ];
  const lines = [
    "[Unit]",
    `Description=Keelson follower of ${facts.project} (${facts.stack})`,
    "Wants=network-online.target",
    "After=network-online.target docker.service",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `User=${facts.user}`,
    ...(facts.groups.length === 0 ? [] : [`SupplementaryGroups=${facts.groups.join(" ")}`]),
    `WorkingDirectory=${escaped(facts.directory)}`,
    `Environment=${quoted(`HOME=${facts.home}`)} ${quoted(`PATH=${[...new Set(path)].join(":")}`)}`,
    `EnvironmentFile=-${escaped(environmentFile(facts))}`,
    `ExecStart=${facts.command.map(argument).join(" ")}`,
    "Restart=always",
    "RestartSec=10",
    "KillMode=mixed",
    "TimeoutStopSec=1h",
    "OOMPolicy=continue",
    "",
    ...hardening,
    ...facts.writes.map((folder) => `ReadWritePaths=${quoted(`-${folder}`)}`),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return `${lines.join("\n")}\n`;
}

// No MemoryDenyWriteExecute: Node compiles at run time.
const hardening = [
  "NoNewPrivileges=yes",
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
  "UMask=0077",
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectControlGroups=yes",
  "ProtectProc=invisible",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
];

/** Specifiers of systemd begin with a percent sign. */
function escaped(text: string): string {
  return text.replaceAll("%", "%%");
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** An argument of a command, in which variables begin with a dollar sign as well. */
function argument(text: string): string {
  return quoted(text).replaceAll("$", "$$$$");
}
