/**
 * A shell function that removes the images which none of the last `$KEEP_IMAGES` releases needs, unless a container
 * or another stack's history has them. What can't be removed is told, and is no reason to fail.
 */
export const pruneFunctions = `elsewhere() { # <image>
  for other in $(docker ps --quiet --filter label=dev.keelson.workload=proxy); do
    [ "$other" != "$keeper" ] || continue
    docker exec "$other" /usr/local/bin/releases needs "$1" >/dev/null 2>&1
    # 126, 127: a proxy of before there were histories. Not to know counts as yes.
    case $? in 1 | 126 | 127) ;; *) return 0 ;; esac
  done
  return 1
}
prune_images() {
  # In a shell of its own, as below, it would be forgotten.
  keeper=\${keeper:-$(docker ps --quiet $PROXY_FILTERS)} || return 0
  for image in $(releases prunable "$KEEP_IMAGES" </dev/null); do
    [ -z "$(docker ps --all --quiet --filter "ancestor=$image")" ] || continue
    if [ -n "$(docker image ls --quiet "$image")" ] && ! elsewhere "$image"; then
      docker image rm "$image" >/dev/null || {
        echo "the image $image of an earlier release stays (above)" >&2
        continue
      }
      echo "removed the image $image of an earlier release" >&2
    fi
    record pruned "$image"
  done
}`;
