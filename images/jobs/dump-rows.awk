# What is in a dump, by its SQL, or by the SQL that pg_restore makes of it; for `import-dump`. Fields are separated by tabs:
#
#   rows <n> <table>        for each table with rows in it
#   largeObjects <n>, bytes <n>
#   server <version>        that it was dumped from;   tool <version>   of pg_dump
#   extension <name>, owner <name>
#   left <TYPE> <name>      what only a superuser may make
#   complete                the last line of a dump in SQL is there
BEGIN { FS = "\n" }
{ bytes += length($0) + 1 }
copying {
  if ($0 == "\\.") copying = 0
  else rows[table]++
  next
}
/^-- Dumped from database version / && server == "" { server = substr($0, 33) }
/^-- Dumped by pg_dump version / && tool == "" { tool = substr($0, 30) }
/^-- PostgreSQL database dump complete$/ { complete = 1 }
# Each entry has a header; data come right after it.
/^-- (Data for )?Name: .*; Type: / {
  type = name = owner = $0
  sub(/^.*; Type: /, "", type)
  sub(/;.*/, "", type)
  sub(/^-- (Data for )?Name: /, "", name)
  sub(/; Type: .*/, "", name)
  sub(/^.*; Owner: /, "", owner)
  sub(/; Tablespace: .*/, "", owner)
  if (owner != "-" && owner != "" && type != "ACL" && type != "DEFAULT ACL") owners[owner] = 1
  if (type == "EXTENSION") extensions[name] = 1
  if (type ~ /^(EVENT TRIGGER|SUBSCRIPTION|PUBLICATION TABLES IN SCHEMA|SECURITY LABEL)$/) left[type "\t" name] = 1
  fresh = 1
  next
}
/^(--.*)?$/ { next }
fresh && type == "TABLE DATA" && /^COPY .* FROM stdin;$/ {
  match($0, /^COPY ("([^"]|"")*"|[^ ".]+)\.("([^"]|"")*"|[^ "]+)/)
  table = substr($0, 6, RLENGTH - 5)
  rows[table] += 0
  copying = 1
}
fresh && type == "PUBLICATION" && / FOR ALL TABLES/ { left[type "\t" name] = 1 }
type ~ /^BLOB/ && /^SELECT pg_catalog\.lo_create\('[0-9]+'\);$/ { objects++ }
{ fresh = 0 }
END {
  for (each in rows) printf "rows\t%d\t%s\n", rows[each], each
  printf "largeObjects\t%d\nbytes\t%d\n", objects, bytes
  if (server != "") printf "server\t%s\n", server
  if (tool != "") printf "tool\t%s\n", tool
  for (each in extensions) printf "extension\t%s\n", each
  for (each in owners) printf "owner\t%s\n", each
  for (each in left) printf "left\t%s\n", each
  if (complete) print "complete"
}
