import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';

const WORKFLOWS = join(import.meta.dirname, '..', '.github', 'workflows');
const files = readdirSync(WORKFLOWS).map((name) => join(WORKFLOWS, name));

describe('the workflows', () => {
  it('pass actionlint', async () => {
    const { actionlint } = await ensureTools(['actionlint']);
    // What its own checks need; the shell scripts in them would need shellcheck, which is another program.
    expect(await runCommand([actionlint, '-no-color', '-shellcheck=', '-pyflakes=', ...files])).toBe('');
  });

  it.each(files)('run only actions that a commit pins, with the version beside it: %s', (file) => {
    const uses = [...readFileSync(file, 'utf8').matchAll(/uses: (?<action>.*)$/gmu)];
    expect(uses.length).toBeGreaterThan(2);
    for (const { groups } of uses) expect(groups?.['action']).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/u);
  });

  it.each(files)('have no more rights than each job asks for: %s', (file) => {
    // SAFETY: actionlint has checked its form.
    const workflow = load(readFileSync(file, 'utf8')) as { readonly permissions: unknown };
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });
});
