/** What `npm audit --json` came to. */
export type AuditOutcome =
  | { readonly kind: 'clean'; readonly dependencies: number; readonly minor: number }
  | { readonly kind: 'vulnerable'; readonly findings: readonly string[] }
  /** Nobody knows: the registry did not say. */
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

/** The report of npm 7 and later, or its words for an audit that failed. */
interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly metadata?: { readonly dependencies: { readonly prod: number } };
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

const SERIOUS = new Set(['high', 'critical']);

/** Reads what `npm audit --json` printed: `high` and `critical` are vulnerable, what is less is counted. */
export function parseAuditReport(printed: string): AuditOutcome {
  const report = parseJson(printed);
  if (report?.vulnerabilities === undefined || report.metadata === undefined) {
    return { kind: 'unanswered', reason: findReason(report, printed) };
  }
  const vulnerabilities = Object.values(report.vulnerabilities);
  const serious = vulnerabilities.filter(({ severity }) => SERIOUS.has(severity));
  if (serious.length > 0) return { kind: 'vulnerable', findings: serious.map(describe) };
  return { kind: 'clean', dependencies: report.metadata.dependencies.prod, minor: vulnerabilities.length };
}

function findReason(report: AuditReport | undefined, printed: string): string {
  const reasons = [report?.message, report?.error?.summary, printed.trim()];
  return reasons.find((reason) => reason !== undefined && reason !== '') ?? 'npm printed nothing';
}

function describe({ name, severity, range, via }: Vulnerability): string {
  const causes = via.map((cause) => (typeof cause === 'string' ? `by ${cause}` : `${cause.title} (${cause.url})`));
  return `${severity}: ${name} ${range}: ${causes.join('; ')}`;
}

function parseJson(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text) as AuditReport; // npm's documented report, which is checked where it is used.
  } catch {
    return undefined;
  }
}
