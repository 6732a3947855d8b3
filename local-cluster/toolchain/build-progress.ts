/** Counts the compiled packages in the output of `go install -v`. */
export class BuildProgress {
  readonly #total: number;
  readonly #startedMs: number;
  #done = 0;
  #current = '';

  constructor(total: number, nowMs: number) {
    this.#total = total;
    this.#startedMs = nowMs;
  }

  /** Parses a line of Go's standard error; returns true if it is a package. */
  compiled(line: string): boolean {
    // With -v a package is a bare import path; compiler errors and `go: downloading …` have spaces.
    if (!/^[\w./~-]+$/u.test(line)) return false;
    this.#done += 1;
    this.#current = line;
    return true;
  }

  /** The progress as one line. */
  describe(nowMs: number): string {
    const elapsed = formatDuration(nowMs - this.#startedMs);
    if (this.#total === 0 || this.#done >= this.#total) return `linking (${elapsed})`;
    const percent = Math.floor((this.#done / this.#total) * 100);
    return `compiled ${this.#done} of ${this.#total} packages, ${percent} % (${elapsed}): ${this.#current}`;
  }
}

/** Formats a duration: 8 s, 2 min 05 s. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
