import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';

const ROOT = join(import.meta.dirname, '..');
const WORKFLOWS = join(ROOT, '.github', 'workflows');
const files = readdirSync(WORKFLOWS).map((name) => join(WORKFLOWS, name));

describe('the workflows', () => {
  it('pass actionlint', async () => {
    const { actionlint } = await ensureTools(['actionlint']);
    // Without shellcheck and pyflakes, which are separate programs.
    expect(await runCommand([actionlint, '-no-color', '-shellcheck=', '-pyflakes=', ...files])).toBe('');
  });

  it.each(files)('pin every action by commit, with its version: %s', (file) => {
    // A workflow of this repository is of the same commit.
    const uses = [...readFileSync(file, 'utf8').matchAll(/uses: (?<action>(?!\.\/\.github\/workflows\/).*)$/gmu)];
    expect(uses.length).toBeGreaterThan(2);
    for (const { groups } of uses) expect(groups?.['action']).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/u);
  });

  it('run what `make test` leaves out on a schedule, and before a release', () => {
    const read = (name: string): unknown => load(readFileSync(join(WORKFLOWS, name), 'utf8'));
    expect(read('scheduled.yaml')).toMatchObject({ on: { schedule: [expect.anything()], workflow_call: null } });
    const commands = readFileSync(join(WORKFLOWS, 'scheduled.yaml'), 'utf8');
    for (const target of ['make versions', 'make scheduled']) expect(commands).toContain(target);
    expect(read('release.yaml')).toMatchObject({
      jobs: {
        scheduled: { uses: './.github/workflows/scheduled.yaml' },
        image: { needs: expect.arrayContaining(['scheduled']) },
        chart: { needs: expect.arrayContaining(['image']) },
      },
    });
  });

  // Targets of their own would stop at the first that fails, and each would delete the reports of the one before.
  it('run the suites that `make test` leaves out in one run, which does not end at the first failure', async () => {
    const help = await runCommand([process.execPath, join(ROOT, 'scripts', 'test.ts'), '--help']);
    const suites = /all but (?<names>.+)\./u.exec(help)?.groups?.['names']?.split(', ') ?? [];
    expect(suites.length).toBeGreaterThan(1);
    const commands = await runCommand(['make', '--no-print-directory', '--dry-run', 'scheduled', 'ARGS='], {
      cwd: ROOT,
    });
    expect(commands.trimEnd().split('\n').at(-1)?.trimEnd()).toMatch(
      new RegExp(`scripts/test\\.ts ${suites.join(' ')}$`, 'u'),
    );
  });

  it.each(files)('grant only read access by default: %s', (file) => {
    // SAFETY: actionlint validates the format.
    const workflow = load(readFileSync(file, 'utf8')) as { readonly permissions: unknown };
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });
});
