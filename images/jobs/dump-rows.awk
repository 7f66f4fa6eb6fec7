# What is in a dump, counted in the SQL that pg_restore makes of it; for `dump`.
BEGIN { FS = "\n" }
{ bytes += length($0) + 1 }
copying {
  if ($0 == "\\.") copying = 0
  else rows[table]++
  next
}
# Each entry has a header; data come right after it.
/^-- (Data for )?Name: .*; Type: / {
  type = $0
  sub(/^.*; Type: /, "", type)
  sub(/;.*/, "", type)
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
type ~ /^BLOB/ && /^SELECT pg_catalog\.lo_create\('[0-9]+'\);$/ { objects++ }
{ fresh = 0 }
END {
  for (each in rows) printf "rows\t%d\t%s\n", rows[each], each
  printf "largeObjects\t%d\nbytes\t%d\n", objects, bytes
}
