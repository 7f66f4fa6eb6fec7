import type * as pulumi from "@pulumi/pulumi";

/** Facts that all workloads of a stack share. */
export interface Platform {
  /** `<app>-<stack>`: the first part of every name on the Docker host. */
  readonly name: string;
  /** On every container, volume and network, so that a person and `keelson` know whose they are. */
  readonly labels: Readonly<Record<string, string>>;
  /** Environment of every `docker` command: `DOCKER_HOST` where the settings name a host. */
  readonly dockerEnvironment: Readonly<Record<string, string>>;
  /** The image whose tools prepare volumes; known once it is built. */
  readonly toolsImage: pulumi.Input<string>;
  /** Key of the hashes that name secret volumes; secret. */
  readonly hashKey: pulumi.Input<string>;
}

/** Label of a container that backs up volumes: the owner of these, `uid:gid`. */
export const ownerLabel = "dev.keelson.owner";

/** The labels of everything of a stack. */
export function stackLabels(project: string, stack: string): Record<string, string> {
  return {
    "dev.keelson.managed-by": "keelson",
    "dev.keelson.project": project,
    "dev.keelson.stack": stack,
  };
}

/** The labels of one object of a platform, as Docker's provider takes them. */
export function labelsOf(
  platform: Pick<Platform, "labels">,
  workload: string,
  more: Readonly<Record<string, string>> = {},
): { label: string; value: string }[] {
  const labels = { ...platform.labels, "dev.keelson.workload": workload, ...more };
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
