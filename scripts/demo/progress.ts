const begunMs = performance.now();

/** Prints a line of progress, with the seconds since the start. */
export function log(line: string): void {
  console.log(`[${((performance.now() - begunMs) / 1000).toFixed(0).padStart(3)} s] ${line}`);
}
