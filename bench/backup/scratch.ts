import type { Arena } from "./arena.js";
import { secondsOf } from "./backups.js";

// A server on what pgBackRest alone has restored from the repository; nobody else reaches it.
const [data, socket] = ["/scratch/restored", "/tmp/restored"];

/** `pgbackrest restore` to an empty folder. Returns the seconds that it took. */
export async function restoreBare(arena: Arena, flags: string): Promise<number> {
  await arena.bare(`rm -rf ${data} ${socket}; mkdir ${data} ${socket}`);
  const ran = await arena.bare(
    `pgbackrest --pg1-path=${data} --process-max="$(nproc)" --archive-mode=off restore ${flags}`,
  );
  return secondsOf(ran);
}

/** Starts a server on it and waits until its recovery is over. @throws Error with its log when it does not come up */
export async function answering(arena: Arena): Promise<void> {
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${socket}`,
    `hba_file=${socket}/hba`,
    "archive_mode=off",
    "hot_standby=off",
    "shared_preload_libraries=",
    // As a drill's server.
    "shared_buffers=64MB",
    "max_wal_size=1GB",
    "jit=off",
  ];
  await arena.bare(`
    echo 'local all all trust' >${socket}/hba
    postgres -D ${data} ${settings.map((each) => `-c ${each}`).join(" ")} >${socket}/log 2>&1 &
    until pg_isready --quiet --host=${socket} --timeout=1; do
      kill -0 $! 2>/dev/null || { cat ${socket}/log; exit 1; }
      sleep 0.1
    done`);
}

/** Asks the server on what was restored. */
export async function restoredSql(arena: Arena, text: string): Promise<string> {
  const flags = `--no-psqlrc -qAt -v ON_ERROR_STOP=1 --host=${socket} --dbname='${arena.database}'`;
  return (await arena.bare(`psql ${flags} --command="${text}"`)).text.trim();
}

/** Ends the server and removes what was restored. */
export async function ended(arena: Arena): Promise<void> {
  await arena.bare(`pg_ctl -D ${data} --mode=immediate stop >/dev/null; rm -rf ${data} ${socket}`);
}
