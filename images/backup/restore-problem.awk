# Why a dump can't be restored, in a line, from what pg_restore says on stderr: the error and the statement; and, where a
# function names something without its schema, which one, and the remedy. With -v advice=1 that part alone, or nothing:
# pg_amcheck says the same of indexes.
/^pg_restore: error: / && text == "" {
  text = $0
  sub(/^pg_restore: error: (could not execute query: )?/, "", text)
  going = 1
  first = 1
}
/^btree index "/ && subject == "" {
  subject = $0
  sub(/^btree index "[^.]*\./, "the index ", subject)
  sub(/":.*$/, "", subject)
  first = 1
}
# Of the first error alone.
/^pg_restore: error: / && text != "" && !going { first = 0 }
first && missing == "" && /ERROR: .* does not exist/ {
  missing = $0
  sub(/^.*ERROR: +/, "", missing)
  sub(/ does not exist.*$/, "", missing)
  sub(/^(function|relation|type|operator) /, "", missing)
}
# The first one is the innermost.
first && named == "" && /^ *CONTEXT: +(SQL|PL\/[A-Za-z]+) function / {
  named = $0
  sub(/^ *CONTEXT: +[^ ]+ function /, "", named)
  sub(/" (during|statement) .*$|" *$/, "", named)
  sub(/ line [0-9].*$/, "", named)
  sub(/^"/, "", named)
}
/^pg_restore: error: / && first && going && text ~ /COPY failed for table "/ {
  subject = text
  sub(/^.*COPY failed for table "/, "the table ", subject)
  sub(/".*$/, "", subject)
}
/^Command was: / && going {
  statement = substr($0, 14, 300)
  going = 0
  next
}
going && !/^pg_restore: error: / { text = text " " $0 }
{ last = $0 }

function quoted_subject(kind) {
  if (statement ~ /^CREATE (UNIQUE )?INDEX /) kind = "the index "
  else if (statement ~ /^REFRESH MATERIALIZED VIEW /) kind = "the materialized view "
  else if (statement ~ /^CREATE TABLE /) kind = "the table "
  else return "the statement"
  subject = statement
  sub(/^(CREATE (UNIQUE )?INDEX|REFRESH MATERIALIZED VIEW|CREATE TABLE) /, "", subject)
  sub(/[ ;(].*$/, "", subject)
  return kind subject
}
function advise(at, name) {
  if (missing == "" || named == "") return ""
  # Of SQL functions it says the name alone; the statement has the schema as well.
  at = index(statement, "." named "(")
  if (at > 0) {
    name = substr(statement, 1, at - 1)
    sub(/^.*[ (,]/, "", name)
    named = name "." named
  }
  return (subject == "" ? quoted_subject() : subject) " uses the function " named ", which names " missing \
    " without its schema, and a restore searches no schema: let a migration run ALTER FUNCTION " named \
    " SET search_path = followed by the schema that has it, or write that schema into the function"
}

# Of errors that a person can do something about.
function between(before, after, part) {
  part = text
  if (!match(part, before)) return ""
  part = substr(part, RSTART + RLENGTH)
  sub(after ".*$", "", part)
  return part
}
function counsel(name) {
  if ((name = between("permission denied to create extension \"", "\"")) != "")
    return "Add " name " to database.extensions, run keelson up, and try again"
  if ((name = between("extension \"", "\" is not available")) != "" && text ~ /is not available/)
    return "The server's image does not have the extension " name ": drop it where the dump is made"
  name = between("collation \"(pg_catalog\\.)?", "\"")
  if (name == "") name = between("could not create locale \"", "\"")
  if (name != "" && text ~ /does not exist|No such file/) {
    sub(/[.@].*$/, "", name)
    sub(/_/, "-", name)
    return "The image has the locales C and C.UTF-8 alone: where the dump is made, use ICU's collation \"" name "-x-icu\""
  }
  if ((name = between("ERROR:  ?role \"", "\" does not exist")) != "" && text ~ /role "/)
    return "Roles of the server that was dumped are not made: name PUBLIC in place of " name " where the dump is made"
  if (text ~ /(type|operator class) "[^"]*" does not exist/)
    return "A dump of single schemas brings no extensions along: if that is of one, add it to database.extensions and run keelson up"
  return ""
}

END {
  hint = advise()
  if (advice) {
    if (hint != "") print hint
    exit
  }
  gsub(/[ \t]+/, " ", text)
  if (text == "" && last != "") print last
  if (hint == "") hint = counsel()
  sub(/;$/, "", statement)
  if (text != "") print substr(text, 1, 700) (statement == "" ? "" : ". The statement: " statement) (hint == "" ? "" : ". " toupper(substr(hint, 1, 1)) substr(hint, 2))
}
