/**
 * Compares two resource versions: negative when `a` is older, 0 when equal, positive when newer. They are decimal
 * numbers without bound that grow with each write (KEP-5504), so the longer is the newer.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
