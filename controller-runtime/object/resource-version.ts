/**
 * Compares two resource versions: negative if `a` is older, 0 if equal, positive if newer. Resource versions are unbounded
 * decimal numbers that increase with each write (KEP-5504), so the longer one is newer.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
