import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from '../operator/commands/plugin.ts';
import { renderList } from '../operator/commands/status/render-list.ts';
import { renderReport } from '../operator/commands/status/render-report.ts';
import { buildReport, summarize } from '../operator/commands/status/report.ts';
import { STATUS_FLAGS } from '../operator/commands/status/status-arguments.ts';
import { paintNothing } from '../operator/commands/status/styles.ts';
import { brokenObservation, NOW, observation } from '../operator/commands/status/testing/example-observation.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../docs/kubectl-tc.md'), 'utf8');
const LAYOUT = { width: 100, paint: paintNothing };

/** The output below a command in the page. */
function outputOf(command: string): string | undefined {
  const blocks = [...PAGE.matchAll(/^```\n\$ (?<command>.*)\n(?<output>[^]*?)^```$/gmu)];
  return blocks.find(({ groups }) => groups?.['command'] === command)?.groups?.['output'];
}

describe('docs/kubectl-tc.md', () => {
  const ready = observation();
  const broken = brokenObservation();

  it('shows the list as the plugin prints it', () => {
    const converters = [broken.converter, ready.converter].map(summarize);
    const list = renderList(converters, { hasNamespaces: false, now: NOW }, LAYOUT);
    expect(outputOf('kubectl tc status')).toBe(list);
  });

  it.each([
    ['kubectl tc status weather', ready],
    ['kubectl tc status broken', broken],
  ])('shows the output of %s as the plugin prints it', (command, observed) => {
    expect(outputOf(command)).toBe(renderReport(buildReport(observed), NOW, LAYOUT));
  });

  it('lists every command and every flag of status', () => {
    for (const command of COMMANDS.keys()) expect(PAGE).toContain(`\`kubectl tc ${command}`);
    for (const flag of Object.keys(STATUS_FLAGS)) expect(PAGE).toContain(`--${flag}`);
  });
});
