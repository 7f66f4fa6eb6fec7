# What of a dump in SQL is restored into a database that has an owner, rights and a schema public of its own: not who owned
# it, rights, settings of other servers, nor what only a superuser may make.
#
#   server         major version of the server that it goes into
#   LEFT_OUT       in the environment: publications that only a superuser may make, a name a line
BEGIN {
  count = split(ENVIRON["LEFT_OUT"], names, "\n")
  for (i = 1; i <= count; i++) publications[names[i]] = 1
  split("ACL,DEFAULT ACL,DATABASE,DATABASE PROPERTIES,EVENT TRIGGER,SUBSCRIPTION,SUBSCRIPTION TABLE,PUBLICATION TABLES IN SCHEMA,SECURITY LABEL", types, ",")
  for (i in types) dropped[types[i]] = 1
  # Settings of sessions that servers of the other versions do not have.
  foreign["default_with_oids"] = 1
  if (server < 17) foreign["transaction_timeout"] = 1
  entries = 0
}
copying {
  print
  if ($0 == "\\.") copying = 0
  next
}
/^-- (Data for )?Name: .*; Type: [A-Z ]+; Schema: .*; Owner: / && last == "--" {
  entries++
  type = name = owner = $0
  sub(/^.*; Type: /, "", type)
  sub(/; Schema: .*/, "", type)
  sub(/^-- (Data for )?Name: /, "", name)
  sub(/; Type: .*/, "", name)
  sub(/^.*; Owner: /, "", owner)
  sub(/; Tablespace: .*/, "", owner)
  skip = type in dropped || (type == "SCHEMA" && name == "public") || (type == "PUBLICATION" && name in publications) \
    || (type == "PROCEDURAL LANGUAGE" && name == "plpgsql") \
    || (type == "COMMENT" && name ~ /^(EXTENSION|EVENT TRIGGER|SUBSCRIPTION|DATABASE|LANGUAGE plpgsql)/)
}
{ last = $0 }
/^SET SESSION AUTHORIZATION |^RESET SESSION AUTHORIZATION;|^\\(un)?restrict [A-Za-z0-9]+$|^\\connect / { next }
/^SET [a-z_]+ = .*;$/ {
  setting = $2
  if (!(setting in foreign) && !(setting == "default_tablespace" && $0 !~ /= '';$/)) print
  next
}
# What --clean removes is not there.
!entries && !/^SELECT pg_catalog\.set_config\(/ { next }
skip { next }
/^ALTER .* OWNER TO .*;$/ && owner != "-" {
  role = $0
  sub(/^.* OWNER TO /, "", role)
  if (role == owner ";" || role == "\"" owner "\";") next
}
{ print }
/^COPY .* FROM stdin;$/ && type == "TABLE DATA" { copying = 1 }
