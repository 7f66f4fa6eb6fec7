import type * as pulumi from "@pulumi/pulumi";
import type { SecretValues } from "#workload/delivery";
import type { JobsSettings } from "./settings.js";
import type { JobsProcess } from "./workload.js";
import type { ProcessNetworks } from "#workload/networks";

/** The jobs of one process: of the app, or of a service. */
export interface JobsOfProcess {
  /** `app`, or the service's name. */
  readonly process: string;
  readonly jobs: JobsSettings;
  readonly settings: JobsProcess;
  readonly image: pulumi.Input<string>;
  /** Plain environment, complete. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secrets: SecretValues;
  readonly networks: ProcessNetworks;
  /** Names on the host of the process's volumes, and where they are mounted. */
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  /** Port at which a service is asked; undefined: it is the app, or a service that listens on nothing. */
  readonly port: number | undefined;
}
