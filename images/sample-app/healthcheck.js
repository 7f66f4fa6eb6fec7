// Asks this container's own server whether it lives.
const path = process.env.HEALTH_PATH || "/health";
const response = await fetch(`http://127.0.0.1:${process.env.PORT || 3000}${path}`, {
  signal: AbortSignal.timeout(4_000),
});
process.exitCode = response.ok ? 0 : 1;
