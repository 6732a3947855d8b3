import { describe, expect, it } from '@jest/globals';
import { parseAuditReport } from './audit-report.ts';

const advisory = { title: 'ReDoS', url: 'https://example.com/1', severity: 'high' };
const report = (vulnerabilities: Record<string, object>): string =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { prod: 78, dev: 300 } } });
const vulnerability = (severity: string, via: readonly unknown[] = [advisory]): object => ({
  name: 'a',
  severity,
  range: '<2',
  via,
});

describe('parseAuditReport', () => {
  it('is clean without a vulnerability', () => {
    expect(parseAuditReport(report({}))).toEqual({ kind: 'clean', dependencies: 78, minor: 0 });
  });

  it('counts what is less than high', () => {
    const outcome = parseAuditReport(report({ a: vulnerability('low'), b: vulnerability('moderate') }));
    expect(outcome).toEqual({ kind: 'clean', dependencies: 78, minor: 2 });
  });

  it.each(['high', 'critical'])('finds what is %s, and says why', (severity) => {
    const found = { b: vulnerability('low'), a: vulnerability(severity, [advisory, 'b']) };
    expect(parseAuditReport(report(found))).toEqual({
      kind: 'vulnerable',
      findings: [`${severity}: a <2: ReDoS (https://example.com/1); by b`],
    });
  });

  it.each([
    [
      'a registry without audits',
      '{"message":"405 Method Not Allowed","error":{"summary":""}}',
      '405 Method Not Allowed',
    ],
    ['no network', '{"error":{"code":"ENOTFOUND","summary":"getaddrinfo ENOTFOUND"}}', 'getaddrinfo ENOTFOUND'],
    ['words', 'npm error network\n', 'npm error network'],
    ['silence', '', 'npm printed nothing'],
  ])('takes %s for no answer, never for a good one', (_what, printed, reason) => {
    expect(parseAuditReport(printed)).toEqual({ kind: 'unanswered', reason });
  });
});
