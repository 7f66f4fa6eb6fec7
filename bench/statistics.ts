/** The value in the middle; of two in the middle, what is half way. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

/** A number for a person: three digits that mean something, `–` where there is none. */
export function shown(value: number, unit = ""): string {
  if (!Number.isFinite(value)) return "–";
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === "" ? "" : ` ${unit}`}`;
}

/** A whole number for a person: `105 123`. */
export function counted(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, " ");
}
