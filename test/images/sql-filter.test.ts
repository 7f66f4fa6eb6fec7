import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const images = join(import.meta.dirname, "..", "..", "images", "jobs");

/** What is left of a dump in SQL for a server. */
function filtered(input: string, server = 17, leftOut = ""): string {
  const args = ["-v", `server=${String(server)}`, "-f", join(images, "sql-filter.awk")];
  const env = { ...process.env, LEFT_OUT: leftOut };
  return execFileSync("awk", args, { input, encoding: "utf8", env });
}

/** What is counted in one. */
function counted(input: string): string[] {
  const args = ["-f", join(images, "dump-rows.awk")];
  return execFileSync("awk", args, { input, encoding: "utf8" }).split("\n").filter(Boolean).sort();
}

const entry = (name: string, type: string, sql: string, owner = "bob") =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: public; Owner: ${owner}\n--\n\n${sql}\n\n`;
const statements = (text: string) => text.split("\n").filter((line) => !/^(--.*)?$/.test(line));

describe("of a dump in SQL", () => {
  it("what the server does not have is left out, and what --clean removes", () => {
    const head = [
      "SET transaction_timeout = 0;",
      "SET default_with_oids = false;",
      "SELECT pg_catalog.set_config('search_path', '', false);",
      "SET row_security = off;",
      "\\restrict aB3",
      "ALTER TABLE ONLY public.t DROP CONSTRAINT t_pkey;",
      "DROP TABLE public.t;",
      "",
    ].join("\n");
    const common = [
      "SELECT pg_catalog.set_config('search_path', '', false);",
      "SET row_security = off;",
    ];
    expect(statements(filtered(head, 15))).toEqual(common);
    expect(statements(filtered(head, 17))).toEqual(["SET transaction_timeout = 0;", ...common]);
  });

  it.each([
    ["ACL", "TABLE t", "GRANT SELECT ON TABLE public.t TO eve;"],
    ["DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", "ALTER DEFAULT PRIVILEGES FOR ROLE bob;"],
    ["DATABASE", "shop", "CREATE DATABASE shop WITH TEMPLATE = template0;\n\n\\connect shop"],
    ["DATABASE PROPERTIES", "shop", "ALTER DATABASE shop SET work_mem TO '8MB';"],
    ["SCHEMA", "public", "CREATE SCHEMA public;"],
    ["COMMENT", "EXTENSION pg_trgm", "COMMENT ON EXTENSION pg_trgm IS 'x';"],
    ["EVENT TRIGGER", "noted", "CREATE EVENT TRIGGER noted ON ddl_command_end;"],
    ["SUBSCRIPTION", "follower", "CREATE SUBSCRIPTION follower CONNECTION '';"],
    ["PUBLICATION", "everything", "CREATE PUBLICATION everything FOR ALL TABLES;"],
    ["PROCEDURAL LANGUAGE", "plpgsql", "CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql;"],
    ["SECURITY LABEL", "TABLE t", "SECURITY LABEL FOR anon ON TABLE public.t IS 'MASKED';"],
  ])(
    "%s is left out where the owner may not make it, and what follows is not",
    (type, name, sql) => {
      const next = entry("t", "TABLE", "CREATE TABLE public.t (\n    a integer\n);");
      const dump = `${entry(name, type, sql)}SET default_table_access_method = heap;\n\n${next}`;
      expect(statements(filtered(dump, 17, "everything"))).toEqual([
        "SET default_table_access_method = heap;",
        "CREATE TABLE public.t (",
        "    a integer",
        ");",
      ]);
    },
  );

  it("owners, sessions of others and tablespaces are left out, and rows are as they were", () => {
    const rows = ["SET transaction_timeout = 0;", "ALTER TABLE x OWNER TO bob;", "\\\\.", "--"];
    const copy = `--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: bob\n--\n\nCOPY public.t (a) FROM stdin;\n${rows.join("\n")}\n\\.\n\n`;
    const dump =
      entry("part", "PUBLICATION", "CREATE PUBLICATION part;") +
      "SET SESSION AUTHORIZATION 'bob';\nSET default_tablespace = fast;\nSET default_tablespace = '';\n" +
      entry("t", "TABLE", "CREATE TABLE public.t ();\n\n\nALTER TABLE public.t OWNER TO bob;") +
      entry(
        "u",
        "TABLE",
        'CREATE TABLE public.u ();\n\n\nALTER TABLE public.u OWNER TO "b-b";',
        "b-b",
      ) +
      copy +
      "\\unrestrict aB3\n";
    const shown = filtered(dump, 15, "everything");
    expect(statements(shown.slice(0, shown.indexOf("COPY")))).toEqual([
      "CREATE PUBLICATION part;",
      "SET default_tablespace = '';",
      "CREATE TABLE public.t ();",
      "CREATE TABLE public.u ();",
    ]);
    const end = shown.indexOf("\n\\.\n");
    expect(shown.slice(shown.indexOf("COPY"), end).split("\n").slice(1)).toEqual(rows);
    expect(statements(shown.slice(end + 4))).toEqual([]);
  });

  it("everything is counted", () => {
    const dump =
      "-- Dumped from database version 17.6 (Debian 17.6-1)\n-- Dumped by pg_dump version 18.1\n\n" +
      entry("pg_trgm", "EXTENSION", "CREATE EXTENSION IF NOT EXISTS pg_trgm;", "-") +
      entry(
        "noted",
        "EVENT TRIGGER",
        "CREATE EVENT TRIGGER noted ON ddl_command_end;",
        "rdsadmin",
      ) +
      entry("everything", "PUBLICATION", "CREATE PUBLICATION everything FOR ALL TABLES;") +
      entry("part", "PUBLICATION", "CREATE PUBLICATION part;") +
      "--\n-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: bob\n--\n\nCOPY public.t (a) FROM stdin;\n1\n\\.\n\n" +
      "--\n-- PostgreSQL database dump complete\n--\n";
    expect(counted(dump).filter((line) => !line.startsWith("bytes"))).toEqual([
      "complete",
      "extension\tpg_trgm",
      "largeObjects\t0",
      "left\tEVENT TRIGGER\tnoted",
      "left\tPUBLICATION\teverything",
      "owner\tbob",
      "owner\trdsadmin",
      "rows\t1\tpublic.t",
      "server\t17.6 (Debian 17.6-1)",
      "tool\t18.1",
    ]);
  });
});
