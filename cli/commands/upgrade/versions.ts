/** A version as npm has it; build metadata is of no order. */
const version = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/** True for a version that npm would take. */
export function isVersion(text: string): boolean {
  return version.test(text);
}

/** Below zero where one version comes before another, zero where both are the same. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < 3; index++) {
    const difference = (one.numbers[index] ?? 0) - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.pre === other.pre) return 0;
  // A release comes after all of its pre-releases.
  if (one.pre === undefined) return 1;
  if (other.pre === undefined) return -1;
  return one.pre.localeCompare(other.pre, "en", { numeric: true });
}

function partsOf(text: string) {
  const [, major, minor, patch, pre] = version.exec(text) ?? [];
  return { numbers: [major, minor, patch].map(Number), pre };
}

/** The sections of a changelog that are newer than one version and no newer than another, as they stand there. */
export function changesBetween(changelog: string, from: string, to: string): string {
  const sections = changelog.split(/^(?=## )/m).slice(1);
  const wanted = sections.filter((section) => {
    const [, name = ""] = /^## \[?v?([^\]\s]+)/.exec(section) ?? [];
    if (!isVersion(name)) return false;
    return compareVersions(name, from) > 0 && compareVersions(name, to) <= 0;
  });
  return wanted.join("").trim();
}
