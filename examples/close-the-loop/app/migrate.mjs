import { migrate } from "./database.mjs";

await migrate([
  "create table jobs (id bigserial primary key, kind text not null, seconds real not null, done_at timestamptz, at timestamptz not null default now())",
  // No key on job: one that is done twice shows.
  "create table emails (job bigint not null references jobs, worker text not null, begun timestamptz not null, at timestamptz not null default clock_timestamp())",
  "create table follow_up_runs (id bigserial primary key, scheduled timestamptz, begun timestamptz not null default now(), ended timestamptz)",
]);
