import { secretsDirectory } from "./platform.js";

/**
 * A shell line for inside a container of the Postgres image: psql as superuser, at the database that `$0` names. It
 * reads SQL from standard input and ends at the first error.
 */
export const superuserPsql =
  `PGPASSWORD=$(cat ${secretsDirectory}/POSTGRES_PASSWORD) exec psql --no-psqlrc --quiet --no-align --tuples-only ` +
  '--set=ON_ERROR_STOP=1 --host=127.0.0.1 --username=postgres --dbname="$0"';
