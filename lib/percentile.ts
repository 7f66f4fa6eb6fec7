/** The smallest of the values that so large a share of them does not exceed: 0.5 for the median, 0.99 for p99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
