/** A statement that psql runs if a condition holds; CREATE DATABASE can't stand in a DO block. */
export function onlyIf(statement: string, condition: string): string {
  return `SELECT ${literal(statement)} WHERE ${condition} \\gexec`;
}

/** An identifier in quotes. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A text in quotes. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
