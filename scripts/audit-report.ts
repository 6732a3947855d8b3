/** The result of `npm audit --json`. */
export type AuditOutcome =
  | { readonly kind: 'clean'; readonly dependencies: number; readonly minor: number }
  | { readonly kind: 'vulnerable'; readonly findings: readonly string[] }
  /** The registry did not respond. */
  | { readonly kind: 'unanswered'; readonly reason: string };

interface Advisory {
  readonly title: string;
  readonly url: string;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
  /** Advisories, or the names of vulnerable dependencies. */
  readonly via: readonly (Advisory | string)[];
}

/** The report of npm 7 and later, or its error. */
interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly metadata?: { readonly dependencies: { readonly prod: number } };
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

const SERIOUS = new Set(['high', 'critical']);

/** Parses the output of `npm audit --json`: `high` and `critical` vulnerabilities fail, lesser ones are counted. */
export function parseAuditReport(output: string): AuditOutcome {
  const report = parseJson(output);
  if (report?.vulnerabilities === undefined || report.metadata === undefined) {
    return { kind: 'unanswered', reason: findReason(report, output) };
  }
  const vulnerabilities = Object.values(report.vulnerabilities);
  const serious = vulnerabilities.filter(({ severity }) => SERIOUS.has(severity));
  if (serious.length > 0) return { kind: 'vulnerable', findings: serious.map(describe) };
  return { kind: 'clean', dependencies: report.metadata.dependencies.prod, minor: vulnerabilities.length };
}

function findReason(report: AuditReport | undefined, output: string): string {
  const reasons = [report?.message, report?.error?.summary, output.trim()];
  return reasons.find((reason) => reason !== undefined && reason !== '') ?? 'npm printed nothing';
}

function describe({ name, severity, range, via }: Vulnerability): string {
  const causes = via.map((cause) => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} (${cause.url})`));
  return `${severity}: ${name} ${range}: ${causes.join('; ')}`;
}

function parseJson(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text) as AuditReport; // npm documents this format; parseAuditReport checks the fields that it uses.
  } catch {
    return undefined;
  }
}
