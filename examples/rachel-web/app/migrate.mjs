import { migrate } from "./database.mjs";

await migrate([
  "create table games (id bigserial primary key, at timestamptz not null default now())",
]);
