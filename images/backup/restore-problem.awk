# Why a dump can't be restored, in a line, from what pg_restore says on stderr: the error and the statement.
/^pg_restore: error: / && text == "" {
  text = $0
  sub(/^pg_restore: error: (could not execute query: )?/, "", text)
  going = 1
  next
}
/^Command was: / && going {
  statement = substr($0, 14, 300)
  going = 0
  next
}
going { text = text " " $0 }
{ last = $0 }
END {
  gsub(/[ \t]+/, " ", text)
  if (text == "" && last != "") print last
  if (text != "") print substr(text, 1, 700) (statement == "" ? "" : ". The statement: " statement)
}
