/** Returns a time as a name: `YYYYMMDDhhmmss`, UTC. */
export function timeId(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/\D/g, "");
}
