import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { newDatabaseVariable } from "#lib/platform";
import { dockerCommand, stepCommand } from "#workload/one-shot";
import type { Platform } from "#workload/platform";
import {
  loginInServer,
  loginOf,
  passwordResource,
  workingLogins,
  type LoginsSettings,
} from "./database/login-settings.js";
import { loginStep } from "./database/login-step.js";
import {
  furtherRoles,
  loginRoles,
  roleInServer,
  type LoginRole,
  type RoleName,
} from "./database/role-names.js";
import type { RoleOptions } from "./database/role-rules.js";
import { ensureSql } from "./database/roles.js";

export interface DatabaseArgs {
  readonly database: string;
  readonly extensions: readonly string[];
  readonly roles: RoleOptions;
  /** Number of the login of each role that is handed out. */
  readonly logins: LoginsSettings;
  /** The server's container; the roles and the database are made through it. */
  readonly serverContainer: pulumi.Input<string>;
  readonly provider: postgresql.Provider;
  /** Undefined of the stack's own database, which has roles for the backups and the figures of the whole server. */
  readonly further?: FurtherArgs;
}

/** The login of a role. */
export interface DatabaseLogin {
  /** Name in the server. */
  readonly user: string;
  /** Secret. */
  readonly password: pulumi.Output<string>;
}

/** A database besides the stack's own. */
export interface FurtherArgs {
  /** Its name in the settings. */
  readonly key: string;
  /** The role in the server that makes dumps. */
  readonly dumpedBy: string;
}

/**
 * A database, its roles and their rights. Roles and database are made by SQL that may run again at any time, not
 * by the provider's resources: those fail on a database that is already there (a kept volume, a run that was
 * killed), don't notice a changed password, and drop the database when its locale setting changes.
 */
export class Database extends pulumi.ComponentResource {
  readonly database: pulumi.Output<string>;
  /** The login of each role that logs in. A further database has no role of backups, nor of figures. */
  readonly logins: Readonly<Record<LoginRole, DatabaseLogin>>;

  private readonly provider: postgresql.Provider;
  /** The step after which the next grant may run. */
  private last: pulumi.Resource;

  constructor(
    name: string,
    args: DatabaseArgs,
    platform: Platform,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("keelson:components:Database", name, {}, opts);
    const made = loginsOf(args).map((role) => [role, this.passwords(name, role, args)] as const);
    this.logins = Object.fromEntries(made.map(handedOut(args))) as typeof this.logins;
    const ensured = this.ensure(name, args, made, platform);
    for (const [role, passwords] of made) {
      for (const [number, password] of passwords) {
        if (number === 1) continue;
        const login = { ...args, role, number, password };
        loginStep(name, login, platform, { parent: this, dependsOn: ensured });
      }
    }
    this.database = ensured.id.apply(() => args.database);
    this.provider = args.provider;
    this.last = ensured;
    this.grantConnect(name, args);
    for (const role of ["app", "readonly"] as const) this.grantUse(name, args.database, role);
    for (const extension of args.extensions) {
      this.last = new postgresql.Extension(
        `${name}-extension-${extension}`,
        { name: extension, database: args.database },
        this.next(),
      );
    }
    this.registerOutputs({ database: this.database });
  }

  /**
   * One after another: two grants on the same database or schema at once fail with "tuple concurrently updated".
   * What they make lives in the server: it goes with the data or stays with it.
   */
  private next(): pulumi.CustomResourceOptions {
    return {
      parent: this,
      provider: this.provider,
      dependsOn: [this.last],
      retainOnDelete: true,
    };
  }

  /** Passwords of the working logins of a role by their numbers, the one that is handed out first. */
  private passwords(name: string, role: LoginRole, { logins }: DatabaseArgs): Passwords {
    return new Map(
      workingLogins(loginOf(logins, role)).map((number) => {
        const of = passwordResource(name, role, number);
        const options = { length: 32, special: false };
        return [number, new random.RandomPassword(of, options, { parent: this }).result];
      }),
    );
  }

  private ensure(
    name: string,
    args: DatabaseArgs,
    made: readonly (readonly [LoginRole, Passwords])[],
    platform: Platform,
  ) {
    // Those of the roles themselves.
    const own = made.flatMap(([role, passwords]) => {
      const password = passwords.get(1);
      return password === undefined ? [] : [[role, password] as const];
    });
    return dockerCommand(
      `${name}-ensure`,
      {
        create: stepCommand("superuser-sql"),
        stdin: pulumi
          .secret(Object.fromEntries(own))
          .apply((passwords) => ensureSql(args.database, passwords, args.roles, args.further?.key)),
        environment: {
          CONTAINER: args.serverContainer,
          DATABASE: "postgres",
          PASSED: newDatabaseVariable,
        },
      },
      platform,
      { parent: this },
    );
  }

  /** Only our roles connect: PostgreSQL lets everybody in by default. */
  private grantConnect(name: string, args: DatabaseArgs): void {
    const { database, further } = args;
    this.last = new postgresql.Grant(
      `${name}-public`,
      { database, role: "public", objectType: "database", privileges: [] },
      this.next(),
    );
    for (const role of loginsOf(args).filter((each) => each !== "migrator")) {
      const privileges = connectRights(role);
      this.connect(`${name}-${role}-connect`, database, roleInServer(database, role), privileges);
    }
    if (further !== undefined) {
      this.connect(`${name}-backup-connect`, database, further.dumpedBy, connectRights("backup"));
    }
  }

  private connect(name: string, database: string, role: string, privileges: string[]): void {
    const rights = { database, role, objectType: "database", privileges };
    this.last = new postgresql.Grant(name, rights, this.next());
  }

  /**
   * Rights on the schema public, and on everything that the owner will create in it. Those that go further, and those
   * in other schemas, images/jobs/rights.sql gives.
   */
  private grantUse(name: string, database: string, role: "app" | "readonly"): void {
    const grantee = roleInServer(database, role);
    this.last = new postgresql.Grant(
      `${name}-${role}-schema`,
      { database, role: grantee, schema: "public", objectType: "schema", privileges: ["USAGE"] },
      this.next(),
    );
    for (const [objectType, privileges] of Object.entries(objectRights[role])) {
      this.last = new postgresql.DefaultPrivileges(
        `${name}-${role}-${objectType}s`,
        {
          database,
          role: grantee,
          owner: roleInServer(database, "owner" satisfies RoleName),
          schema: "public",
          objectType,
          privileges,
        },
        this.next(),
      );
    }
  }
}

type Passwords = ReadonlyMap<number, pulumi.Output<string>>;

function handedOut({ database, logins }: DatabaseArgs) {
  return ([role, passwords]: readonly [LoginRole, Passwords]) => {
    const { rotation } = loginOf(logins, role);
    const password = passwords.get(rotation);
    return [role, { user: loginInServer(database, role, rotation), password }] as const;
  };
}

function loginsOf({ further }: DatabaseArgs): readonly LoginRole[] {
  return further === undefined
    ? loginRoles
    : loginRoles.filter((each) => furtherRoles.includes(each));
}

/** The app makes temporary tables, as what writes may. */
function connectRights(role: LoginRole): string[] {
  return role === "app" ? ["CONNECT", "TEMPORARY"] : ["CONNECT"];
}

const objectRights = {
  app: { table: ["SELECT", "INSERT", "UPDATE", "DELETE"], sequence: ["SELECT", "USAGE"] },
  readonly: { table: ["SELECT"], sequence: ["SELECT"] },
};
