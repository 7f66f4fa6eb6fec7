// `tsx scripts/init-shapes.ts <folder>…`: what `keelson init` sees of repositories, as a table.
import { draftOf } from "#cli/commands/init";
import { Repository } from "#cli/commands/init/repository";
import { initTable } from "./init-table.js";

const repositories = process.argv.slice(2).map((folder) => new Repository(folder));
const drafts = repositories.map((each) => {
  const from = each.first("Procfile", "compose.yaml", "docker-compose.yml");
  return [each.name, draftOf(each, from)] as const;
});
console.log(initTable(Object.fromEntries(drafts)));
