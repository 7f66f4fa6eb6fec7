/** Facts about the machine that `npm start` needs to see to a Docker engine. */
export interface Machine {
  /** The `docker` command is there. */
  readonly client: boolean;
  /** The `dockerd` command is there. */
  readonly daemon: boolean;
  /** The answer of `docker info`. */
  readonly answer: "ready" | "denied" | "down";
  /** `DOCKER_HOST` or a context of the user's, if it names another engine than the local one. */
  readonly remote?: string;
  readonly root: boolean;
  readonly apt: boolean;
  readonly systemd: boolean;
  readonly user: string;
}

/** The plan for the Docker engine. */
export type DockerPlan =
  | { readonly kind: "ready" }
  | { readonly kind: "bring-up"; readonly install: boolean; readonly systemd: boolean }
  | { readonly kind: "refuse"; readonly message: string };

/** Decides, without doing anything; a refusal is one exact instruction. */
export function dockerPlan(machine: Machine): DockerPlan {
  if (machine.client && machine.answer === "ready") return { kind: "ready" };
  if (machine.remote !== undefined) return refuse(remoteDown(machine.remote));
  if (machine.answer === "denied") {
    return refuse(
      `Docker refuses ${machine.user} its socket; run \`sudo usermod -aG docker ${machine.user}\`, ` +
        "log in again, then repeat the command.",
    );
  }
  const install = !machine.client || !machine.daemon;
  if (!machine.root) return refuse(install ? installByHand(machine) : startByHand(machine));
  if (install && !machine.apt) return refuse(installByHand(machine));
  return { kind: "bring-up", install, systemd: machine.systemd };
}

function refuse(message: string): DockerPlan {
  return { kind: "refuse", message };
}

function remoteDown(host: string): string {
  return `No Docker engine answers at ${host}; start it there, or unset DOCKER_HOST to use this machine's.`;
}

function installByHand(machine: Machine): string {
  if (!machine.apt) {
    return "There is no Docker engine here; install one (https://docs.docker.com/engine/install/), then repeat the command.";
  }
  return (
    "There is no Docker engine here; run `sudo apt-get install -y docker.io && " +
    `sudo usermod -aG docker ${machine.user}\`, log in again, then repeat the command.`
  );
}

function startByHand(machine: Machine): string {
  const start = machine.systemd ? "sudo systemctl start docker" : "sudo service docker start";
  return `The Docker engine is not running; run \`${start}\`, then repeat the command.`;
}
