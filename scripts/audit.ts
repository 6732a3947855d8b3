import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { parseAuditReport } from './audit-report.ts';

/**
 * Asks the registry for known vulnerabilities of all that the bundles can be made of. Exit code 1: there are some that are
 * high or critical. Exit code 3: the registry did not answer, so that nobody knows.
 */
const npm = spawn('npm', ['audit', '--omit=dev', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
const outcome = parseAuditReport(await text(npm.stdout));
if (outcome.kind === 'clean') {
  console.log(
    `no high or critical vulnerability is known of ${outcome.dependencies} packages; ${outcome.minor} lesser ones`,
  );
} else if (outcome.kind === 'vulnerable') {
  console.error(outcome.findings.join('\n'));
  console.error('Update these packages: `npm audit fix`, or see `npm audit --omit=dev`.');
  process.exitCode = 1;
} else {
  console.error(`The registry did not answer the audit (${outcome.reason}).`);
  console.error('Known vulnerabilities were NOT looked for. Run `npm run audit` where the registry answers audits.');
  process.exitCode = 3;
}
