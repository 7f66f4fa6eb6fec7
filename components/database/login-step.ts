import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { newDatabaseVariable } from "#lib/platform";
import { dockerCommand, stepCommand } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import { loginInServer } from "./login-settings.js";
import { loginSql } from "./logins.js";
import { roleInServer, type LoginRole } from "./role-names.js";
import type { RoleOptions } from "./role-rules.js";

/** A login besides a role itself. */
export interface LoginStep {
  readonly database: string;
  readonly role: LoginRole;
  /** From 2. */
  readonly number: number;
  readonly password: pulumi.Output<string>;
  readonly roles: RoleOptions;
  readonly serverContainer: pulumi.Input<string>;
}

/** The step that makes a login besides the role itself. With its resource, the login ends. @param name of the database's component */
export function loginStep(
  name: string,
  { database, role, number, password: secret, roles, serverContainer }: LoginStep,
  platform: Platform,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return dockerCommand(
    `${name}-${role}-login-${String(number)}`,
    {
      create: stepCommand("superuser-sql"),
      delete: stepCommand("login-end"),
      stdin: pulumi
        .secret(secret)
        .apply((password) => loginSql(database, { role, number, password }, roles)),
      environment: {
        CONTAINER: serverContainer,
        DATABASE: database,
        PASSED: newDatabaseVariable,
        ROLE: roleInServer(database, role),
        OWNER: roleInServer(database, "owner"),
        LOGIN: loginInServer(database, role, number),
      },
    },
    platform,
    opts,
  );
}
