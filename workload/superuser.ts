export { superuserPsql } from "../lib/superuser.js";
