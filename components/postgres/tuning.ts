import { defaultPostgresMajor, type PostgresMajor } from "#lib/platform";

/** Server parameters for a container with `memoryMiB` of memory and so many connections, of a major version. */
export function serverSettings(
  memoryMiB: number,
  maxConnections: number,
  major: PostgresMajor = defaultPostgresMajor,
): Record<string, string> {
  return {
    ...memory(memoryMiB, maxConnections),
    ...connections(maxConnections, major),
    ...durability(),
    ...logging(),
    jit: "off",
    password_encryption: "scram-sha-256",
    shared_preload_libraries: "pg_stat_statements",
  };
}

/** Shared memory of the container: Docker's 64 MiB is too little for a parallel hash join. */
export function sharedMemoryMiB(memoryMiB: number): number {
  return Math.max(256, Math.floor(memoryMiB / 16));
}

function memory(memoryMiB: number, maxConnections: number) {
  const workMem = clamp(Math.floor((memoryMiB * 0.25) / (maxConnections * 2)), 4, 16);
  return {
    shared_buffers: megabytes(memoryMiB * 0.25),
    effective_cache_size: megabytes(memoryMiB * 0.7),
    work_mem: megabytes(workMem),
    maintenance_work_mem: megabytes(clamp(memoryMiB * 0.05, 16, 1024)),
  };
}

function connections(maxConnections: number, major: PostgresMajor) {
  return {
    max_connections: String(maxConnections),
    superuser_reserved_connections: "3",
    // For roles in pg_use_reserved_connections: backups and monitoring connect when the app has used up the rest.
    ...(major < 16 ? {} : { reserved_connections: "5" }),
    idle_in_transaction_session_timeout: "60s",
    tcp_keepalives_idle: "60",
    client_connection_check_interval: "10s",
  };
}

function durability() {
  return {
    wal_level: "replica",
    // Switching it on later needs a restart; the command decides whether anything is archived.
    archive_mode: "on",
    archive_command: "/usr/local/bin/pgbackrest-archive %p",
    // What the repository alone gives back is a minute old at most: this, and the time to archive.
    archive_timeout: "50s",
    checkpoint_timeout: "15min",
    max_wal_size: "4GB",
    min_wal_size: "256MB",
    wal_compression: "zstd",
  };
}

function logging() {
  return {
    log_min_duration_statement: "500ms",
    log_lock_waits: "on",
    log_checkpoints: "on",
    // Parameters of statements may be personal data.
    log_parameter_max_length: "0",
    log_parameter_max_length_on_error: "0",
    log_timezone: "UTC",
  };
}

function megabytes(amount: number): string {
  return `${String(Math.floor(amount))}MB`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
