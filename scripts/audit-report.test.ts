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

  it('counts lesser vulnerabilities', () => {
    const outcome = parseAuditReport(report({ a: vulnerability('low'), b: vulnerability('moderate') }));
    expect(outcome).toEqual({ kind: 'clean', dependencies: 78, minor: 2 });
  });

  it.each(['high', 'critical'])('reports a %s vulnerability with its cause', (severity) => {
    const found = { b: vulnerability('low'), a: vulnerability(severity, [advisory, 'b']) };
    expect(parseAuditReport(report(found))).toEqual({
      kind: 'vulnerable',
      findings: [`${severity}: a <2: ReDoS (https://example.com/1); by b`],
    });
  });

  it.each([
    [
      'an error of the registry',
      '{"message":"405 Method Not Allowed","error":{"summary":""}}',
      '405 Method Not Allowed',
    ],
    ['a network error', '{"error":{"code":"ENOTFOUND","summary":"getaddrinfo ENOTFOUND"}}', 'getaddrinfo ENOTFOUND'],
    ['output that is not JSON', 'npm error network\n', 'npm error network'],
    ['empty output', '', 'npm printed nothing'],
  ])('reports %s as unavailable, never as clean', (_what, printed, reason) => {
    expect(parseAuditReport(printed)).toEqual({ kind: 'unanswered', reason });
  });
});
