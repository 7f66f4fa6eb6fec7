import type { Finding } from "./facts.js";
import type { HostFacts, LookedAtHost } from "./host.js";

/** Seconds by which the host's clock may differ from this machine's, asking included. */
const mostSkew = 30;
/** Days after which an image lacks updates of its packages. */
const oldImageDays = 30;
/** Days after which the list of packages says nothing of today. */
const oldListDays = 7;
const gibibyte = 1024 ** 2;

/** The host as an operator's checklist looks at it; what is not known is said to be so. */
export function hostFindings(host: LookedAtHost): Finding[] {
  if ("unknown" in host) return [unknown("host", host.unknown)];
  return [
    firewall(host),
    ...published(host),
    ssh(host),
    updates(host),
    reboot(host),
    images(host),
    clock(host),
    swap(host),
  ].flatMap((each) => (each === undefined ? [] : [each]));
}

const ok = (name: string, text: string): Finding => ({ level: "ok", name, text });
const warn = (name: string, text: string): Finding => ({ level: "warn", name, text });
const unknown = (name: string, text: string): Finding => ({ level: "unknown", name, text });

function firewall({ found }: HostFacts): Finding {
  const name = "firewall";
  const drops = found["input-policy"] === "DROP" || Number(found["nft-input"] ?? 0) > 0;
  if (found["ufw"] === "active") return ok(name, "ufw is active");
  if (drops) return ok(name, "what comes in is dropped unless a rule allows it");
  if (found["input-policy"] === undefined && found["nft-input"] === undefined) {
    return unknown(name, `its rules can't be read${rootAdvice(found)}`);
  }
  return warn(
    name,
    "every port that this host listens on can be reached; allow SSH and the proxy's ports alone: `ufw allow OpenSSH && ufw allow 80,443/tcp && ufw enable`",
  );
}

/** Docker's rules come before those of ufw and firewalld. */
function published({ openPorts }: HostFacts): Finding[] {
  const name = "open ports";
  if (openPorts === undefined) return [unknown(name, "Docker does not list its containers")];
  if (openPorts.length === 0) {
    return [ok(name, "no container but a proxy publishes one beyond the host")];
  }
  return openPorts.map(({ container, port }) =>
    warn(
      name,
      `${container} publishes ${String(port)} on every address, past the host's firewall, whose rules Docker's come before; publish it on 127.0.0.1, or refuse it in the chain DOCKER-USER`,
    ),
  );
}

function ssh({ found }: HostFacts): Finding {
  const name = "SSH";
  if (found["ssh"] === "none") return ok(name, "no server is installed");
  const [password, keyboard] = [found["ssh-password"], found["ssh-keyboard"]];
  if (password === undefined) {
    return unknown(name, `its configuration can't be read${rootAdvice(found)}`);
  }
  if (password === "no" && keyboard !== "yes") return ok(name, "by key alone");
  const setting = password === "no" ? "KbdInteractiveAuthentication" : "PasswordAuthentication";
  return warn(
    name,
    `passwords are taken, and guessed by robots all day; set ${setting} no in /etc/ssh/sshd_config and reload ssh, once a key works`,
  );
}

function updates({ found, at }: HostFacts): Finding {
  const name = "updates";
  const { updates: all, "security-updates": security, lists } = found;
  if (lists === undefined) return unknown(name, "the host has no list of packages of apt's");
  const age = Math.floor((at - Number(lists)) / 86_400);
  if (age > oldListDays) {
    return unknown(name, `the list of packages is ${String(age)} days old; run apt-get update`);
  }
  if (all === undefined) {
    return unknown(name, "apt did not say in time what is pending; run apt-get --simulate upgrade");
  }
  if (all === "0") return ok(name, "none is pending");
  return warn(
    name,
    `${all} pending, ${security ?? "0"} of them for security; run apt-get upgrade, and install unattended-upgrades`,
  );
}

function reboot({ found }: HostFacts): Finding {
  const name = "reboot";
  if (found["reboot"] === undefined) return unknown(name, "which kernel is installed is not seen");
  return found["reboot"] === "no"
    ? ok(name, "not needed")
    : warn(name, "needed: an update of the kernel or of a library waits for it");
}

function images({ oldestImageDays: days }: HostFacts): Finding | undefined {
  if (days === undefined) return undefined;
  const name = "images";
  const text = `the stack's oldest is ${String(days)} days old`;
  return days <= oldImageDays
    ? ok(name, text)
    : warn(name, `${text}, without the updates since; change images.revision and run keelson up`);
}

function clock({ found, at }: HostFacts): Finding {
  const name = "clock";
  const skew = Math.abs(at - Number(found["time"]));
  if (skew > mostSkew) {
    return warn(
      name,
      `it differs by ${String(skew)} s from this machine's; synchronise both (systemd-timesyncd or chrony)`,
    );
  }
  if (found["clock"] === "yes") return ok(name, "synchronised");
  if (found["clock"] === "no") {
    return warn(name, "not synchronised; install systemd-timesyncd or chrony");
  }
  return unknown(name, "whether something synchronises it is not seen");
}

function swap({ found }: HostFacts): Finding {
  const name = "swap";
  const [memory, total, free] = ["MemTotal", "SwapTotal", "SwapFree"].map((key) =>
    Number(found[key]),
  ) as [number, number, number];
  if (Number.isNaN(total)) return unknown(name, "the host does not tell of its memory");
  const size = (kibibytes: number) => `${(kibibytes / gibibyte).toFixed(1)} GB`;
  if (total === 0) {
    return memory >= 4 * gibibyte
      ? ok(name, "none, and memory enough without")
      : warn(
          name,
          `none, and ${size(memory)} of memory: a peak ends in killed processes; add a swap file of 1 GB`,
        );
  }
  const used = total - free;
  return used > total / 2
    ? warn(
        name,
        `${size(used)} of ${size(total)} in use: memory is short; lower limits or add some`,
      )
    : ok(name, `${size(used)} of ${size(total)} in use`);
}

function rootAdvice(found: HostFacts["found"]): string {
  return found["uid"] === "0" ? "" : " without root; run keelson doctor as root";
}
