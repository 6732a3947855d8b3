import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { parseAuditReport } from './audit-report.ts';

/**
 * Asks the registry for known vulnerabilities of all packages that the bundles can include. Exit code 1: some are high or
 * critical. Exit code 3: the registry did not answer.
 */
const npm = spawn('npm', ['audit', '--omit=dev', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
const outcome = parseAuditReport(await text(npm.stdout));
if (outcome.kind === 'clean') {
  console.log(
    `no known high or critical vulnerability in ${outcome.dependencies} packages; ${outcome.minor} lesser ones`,
  );
} else if (outcome.kind === 'vulnerable') {
  console.error(outcome.findings.join('\n'));
  console.error('Update these packages with `npm audit fix`, or see `npm audit --omit=dev`.');
  process.exitCode = 1;
} else {
  console.error(`The registry did not answer the audit: ${outcome.reason}`);
  console.error('The audit was NOT done. Run `npm run audit` with a registry that answers audits.');
  process.exitCode = 3;
}
