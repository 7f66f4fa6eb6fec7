import { migrate } from "./database.mjs";

await migrate([
  "create table jobs (id bigserial primary key, seconds real not null, claimed_by text, done_at timestamptz, at timestamptz not null default now())",
]);
