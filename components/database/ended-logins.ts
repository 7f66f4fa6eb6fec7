import * as pulumi from "@pulumi/pulumi";
import { dockerCommand, stepCommand } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import { loginInServer, loginOf, workingLogins, type LoginsSettings } from "./login-settings.js";
import { loginRoles, roleInServer } from "./role-names.js";

/** A database whose roles have logins besides themselves. */
export interface LoginsOfDatabase {
  /** Its component's name. */
  readonly name: string;
  readonly database: string;
  readonly logins: LoginsSettings;
}

/**
 * The end of the logins that nothing gets any more, the roles themselves among them: once the release that got others
 * is live. Where that fails, they stay. There is none while no login has been rotated.
 */
export class EndedLogins extends pulumi.ComponentResource {
  /** @param opts.dependsOn all that is to have the new logins first */
  constructor(
    name: string,
    args: {
      readonly serverContainer: pulumi.Input<string>;
      readonly databases: readonly LoginsOfDatabase[];
    },
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:EndedLogins", name, {}, opts);
    for (const { name: of, database, logins } of args.databases) {
      for (const role of endedRoles(logins)) {
        const kept = workingLogins(loginOf(logins, role));
        dockerCommand(
          `${of}-${role}-logins-end`,
          {
            create: stepCommand("logins-end"),
            environment: {
              CONTAINER: args.serverContainer,
              DATABASE: database,
              ROLE: roleInServer(database, role),
              OWNER: roleInServer(database, "owner"),
              KEPT: kept.map((number) => loginInServer(database, role, number)).join(" "),
            },
          },
          platform,
          { parent: this },
        );
      }
    }
    this.registerOutputs({});
  }
}

/** Roles that don't log in themselves any more. */
export function endedRoles(logins: LoginsSettings) {
  return loginRoles.filter((role) => !workingLogins(loginOf(logins, role)).includes(1));
}
