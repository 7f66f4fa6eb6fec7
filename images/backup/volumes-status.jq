# The status of several containers that back up volumes, as one: it is as good as that of the worst of them.
# [{"run": {…}, "drills": [{"repository", "last", "lastProven"}]}] to one of these
def worst: if any(.proven | not) then map(select(.proven | not)) | last else last end;
. as $all
| {
    run: (if $all == [] then {} else {
      lastSuccess: ([$all[].run.lastSuccess] | if any(. == null) then null else min end),
      seconds: ([$all[].run.seconds // 0] | add),
      error: ([$all[].run.error // empty] | if . == [] then null else join("; ") end)
    } end),
    drills: [[$all[].drills[]?.repository] | unique[] as $repository
      | [$all[] | [.drills[]? | select(.repository == $repository)] | first // {last: null, lastProven: null}]
      | {
          $repository,
          last: ([.[].last | select(. != null)] | sort_by(.endedAt) | if . == [] then null else worst end),
          lastProven: (if any(.lastProven == null) then null else min_by(.lastProven.endedAt).lastProven end)
        }]
  }
