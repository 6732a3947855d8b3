/** The slow steps in the output of a build, which Docker (BuildKit) and podman print each in their own format. */
const DOCKER_STEP = /^#(?<id>\d+) \[(?:[^\]]+ )?\d+\/\d+\] (?<step>(?:FROM|RUN) .*)$/u;
const PODMAN_STEP = /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: (?<step>(?:FROM|RUN) .*)$/u;
/** Docker 20.10 prints the digest of a step before it looks for the step in the cache. */
const IS_DIGEST = /^#\d+ sha256:[\da-f]{64}$/u;
const IS_CACHED = /^#\d+ CACHED|^--> Using cache/u;

/** Creates a function that receives the lines of a build and passes on its slow steps, without those in the cache. */
export function reportBuildSteps(report: (step: string) => void): (line: string) => void {
  const pending = new Map<string, string>();
  const reported = new Set<string>();
  const flush = (key: string): void => {
    const step = pending.get(key);
    pending.delete(key);
    if (step === undefined || reported.has(step)) return;
    reported.add(step);
    report(step);
  };
  return (line) => {
    const key = /^#(?<id>\d+) /u.exec(line)?.groups?.['id'] ?? 'podman';
    const step = (DOCKER_STEP.exec(line) ?? PODMAN_STEP.exec(line))?.groups?.['step'];
    if (step !== undefined) {
      // A step is announced before the builder says whether it is in the cache, and by BuildKit also when it ends.
      flush('podman');
      pending.set(key, shorten(step));
    } else if (IS_CACHED.test(line)) pending.delete(key);
    else if (!IS_DIGEST.test(line)) flush(key);
  };
}

function shorten(step: string): string {
  return step.length > 100 ? `${step.slice(0, 99)}…` : step;
}
