/** The test that runs a command of a page, or the reason why none does. */
export type Run =
  | {
      readonly test: string;
      /** Text of the test that runs it; by default the command's words and options, each in a literal. */
      readonly text?: string;
    }
  | { readonly not: string };

const by = (test: string, text?: string): Run =>
  text === undefined ? { test: `test/${test}` } : { test: `test/${test}`, text };
const operator = by("e2e/operator.test.ts");
const restore = by("e2e/restore.test.ts");
const upgrade = by("e2e/upgrade.test.ts");
const rename = by("e2e/rename.test.ts");
const pipeline = by("e2e/pipeline.test.ts");
const readers: Run = { not: "The reader's own backend, registry or host, which no test has." };

/** Every command of README, guides and runbooks, without its values and `--stack`. */
export const runs: Readonly<Record<string, Run>> = {
  "npm start": { not: "It would install Docker; its parts are run: `keelson up` and test/bin." },
  "npm test": { not: "The suite itself." },
  "npm run bench:release -- --quick": {
    not: "A measurement of minutes; its figures are in docs/performance.md.",
  },
  cd: { not: "The reader's own folder." },
  export: { not: "The reader's own values." },
  pg_restore: by("e2e/external-database.test.ts"),
  sudo: {
    not: "A service on the reader's host; test/cli/commands/follow/unit.test.ts has its parts.",
  },
  "pulumi login": readers,
  "pulumi stack": by("e2e/stack/engines.ts", '"stack", "init"'),
  "pulumi up": by("e2e/stack/engines.ts", "plainPulumi("),
  "pulumi config": by("e2e/sealed.test.ts", "pulumi("),
  "docker cp": by("e2e/stack/backups.ts", '"cp"'),
  "docker run": { not: "The image of node-exporter comes from a registry of the reader's choice." },
  "docker exec": { not: "It removes data that an upgrade keeps, by hand and for good." },
  "keelson adopt --from": by("support/moving.ts", `"--from"`),
  "keelson alerts list": by("e2e/monitoring.test.ts", 'must("alerts")'),
  "keelson alerts silence": by("e2e/monitoring.test.ts", '"alerts silence"'),
  "keelson alerts silence --off": by("e2e/monitoring.test.ts", '"--off"'),
  "keelson alerts test": by("e2e/monitoring.test.ts"),
  "keelson backup now": by("e2e/stack/backups.ts"),
  "keelson backups": by("e2e/offsite.test.ts"),
  "keelson build --push": pipeline,
  "keelson check": by("e2e/sealed.test.ts"),
  "keelson check --require": by("cli/commands/env-example.test.ts", "requiredProblems("),
  "keelson env-example": by("cli/commands/env-example.test.ts", "envExample("),
  "keelson env-example --check": by("cli/commands/env-example.test.ts", "check: true"),
  "keelson secrets rotate": by("e2e/secrets.test.ts", "secrets rotate"),
  "keelson secrets rotate --finish": by("e2e/secrets.test.ts", '"--finish"'),
  "keelson secrets diff preview prod": by("cli/commands/secrets/diff.test.ts", "secretsDiff("),
  "keelson checklist --after": by("e2e/pipeline.test.ts", '"--after"'),
  "keelson destroy": by("e2e/engine.test.ts"),
  "keelson destroy --destroy-data --final-backup": by("e2e/prod/destroying.ts"),
  "keelson doctor": by("cli/commands/doctor.test.ts", "findingsOf("),
  "keelson drill now": restore,
  "keelson drill now --offsite": by("e2e/offsite.test.ts"),
  "keelson follow --branch --every": by("cli/commands/follow/command.test.ts", '"--every"'),
  "keelson import --config-file --dump": by("support/stack.ts", `"--config-file"`),
  "keelson import --dump": by("e2e/stack/imports.ts"),
  "keelson import --dump --replace": by("support/foreign-app.ts"),
  "keelson init": by("cli/commands/init.test.ts"),
  "keelson init --github": by("cli/commands/init/github.test.ts", "github: true"),
  "keelson load --for --paths --rps": by("e2e/operator.test.ts", '"load"'),
  "keelson init --gitlab": by("cli/commands/init/pipelines.test.ts", "gitlab: true"),
  "keelson init --forgejo": by("cli/commands/init/pipelines.test.ts", "forgejo: true"),
  "keelson jobs list": by("support/jobs/account.ts", "jobs list"),
  "keelson jobs logs janitor": by("e2e/jobs.test.ts", "jobs logs"),
  "keelson jobs run janitor": by("e2e/jobs.test.ts", "jobs run"),
  "keelson logs": operator,
  "keelson logs app --json --level --release": by(
    "cli/commands/logs/of-release.test.ts",
    "ofRelease(",
  ),
  "keelson logs --grep --since": by("cli/commands/logs/request.test.ts", "logsRequest("),
  "keelson logs --grep -f": by("cli/commands/logs/request.test.ts", "logsRequest("),
  "keelson logs app proxy --level --since": by("cli/commands/logs/request.test.ts", "logsRequest("),
  "keelson maintenance off": by("e2e/replicas.test.ts"),
  "keelson maintenance on": by("e2e/replicas.test.ts"),
  "keelson maintenance on --allow --retry-after": by("e2e/replicas.test.ts"),
  "keelson maintenance status": by("e2e/replicas.test.ts"),
  "keelson preview": by("e2e/preview.test.ts"),
  "keelson psql": operator,
  "keelson psql --as": operator,
  "keelson releases": by("e2e/rollback.test.ts"),
  "keelson releases --json": by("e2e/rollback.test.ts"),
  "keelson rename --app": rename,
  "keelson rename --app --database": rename,
  "keelson rename --to": rename,
  "keelson restore --at": restore,
  "keelson restore --at --into": by("e2e/database-tls.test.ts", '"--into"'),
  "keelson restore --discard": restore,
  "keelson restore --discard --into": by("e2e/database-tls.test.ts"),
  "keelson restore --dump": restore,
  "keelson restore --list": by("e2e/database-tls.test.ts"),
  "keelson restore --offsite": by("e2e/offsite.test.ts"),
  "keelson restore --undo": restore,
  "keelson restore --volume": by("e2e/prod/uploads.ts"),
  "keelson rollback": by("e2e/rollback.test.ts"),
  "keelson rollback --with-data": restore,
  "keelson run": operator,
  "keelson run --as": operator,
  "keelson run --list": operator,
  "keelson status": operator,
  "keelson status --html": by("page/page.test.ts", "html"),
  "keelson status --html --public": by("page/page.test.ts", "public"),
  "keelson up": by("e2e/acme.test.ts"),
  "keelson upgrade": by("cli/commands/upgrade/upgrade.test.ts", "await upgrade("),
  "keelson upgrade-postgres --apply": upgrade,
  "keelson upgrade-postgres --rehearse": upgrade,
  "keelson upgrade-postgres --undo": upgrade,
};
