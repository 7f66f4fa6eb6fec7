/**
 * A shell function: prints when a container was created, started and found healthy, and when the one before it was
 * stopped, as far as Docker still knows: it keeps the last five probes of a container, and its last 256 events.
 * `keelson preview` works out from it how long a restart takes.
 */
export const timeline = `timeline() { # <container>
  docker inspect --format 'container {{.Id}}
created {{.Created}}
started {{.State.StartedAt}}{{range .State.Health.Log}}
probe {{.ExitCode}} {{json .End}}{{end}}' "$1" || return 1
  now=$(docker info --format '{{.SystemTime}}') || return 1
  timeout 20 docker events --since 1 --until "$now" $SIBLINGS --filter type=container \\
    --filter event=kill --filter event=destroy --filter event=create --filter event=health_status \\
    --format 'event {{.TimeNano}} {{.Actor.ID}} {{.Action}}'
}`;
