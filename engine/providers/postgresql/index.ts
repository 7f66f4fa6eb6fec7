import type { Provider } from "../../provider.js";
import { databaseType } from "./database.js";
import { defaultPrivilegesType } from "./default-privileges.js";
import { extensionType } from "./extension.js";
import { grantType } from "./grant.js";
import { roleType } from "./role.js";
import { Server } from "./server.js";

const kinds = {
  "postgresql:index/role:Role": roleType,
  "postgresql:index/database:Database": databaseType,
  "postgresql:index/grant:Grant": grantType,
  "postgresql:index/defaultPrivileges:DefaultPrivileges": defaultPrivilegesType,
  "postgresql:index/extension:Extension": extensionType,
};
const settings = [
  "host",
  "port",
  "username",
  "password",
  "database",
  "sslmode",
  "sslrootcert",
  "superuser",
  "connectTimeout",
  "maxConnections",
  "expectedVersion",
];

/** The package `postgresql`: roles, databases, rights and extensions of one server. */
export function postgresqlProvider(environment: NodeJS.ProcessEnv): Provider {
  return {
    package: "postgresql",
    settings,
    types: Object.keys(kinds),
    open: (given) => {
      const server = new Server(given, environment);
      return new Map(Object.entries(kinds).map(([token, make]) => [token, make(server)]));
    },
  };
}
