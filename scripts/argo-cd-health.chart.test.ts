import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { exampleConverter } from '../operator/api/example-converter.ts';
import type { Condition, TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { REASONS } from '../operator/status/reasons.ts';

const DOCS = join(import.meta.dirname, '../docs');
const SCRIPT = readFileSync(join(DOCS, 'argo-cd-health.lua'), 'utf8');
const KEY = 'resource.customizations.health.temperature-converter.io_TemperatureConverter';
const STALLED: readonly string[] = REASONS.Stalled;

interface Health {
  readonly status: string;
  readonly message: string;
}

let program: string;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'argo-cd-health-'));
  ({ 'argo-cd-health': program } = await ensureTools(['argo-cd-health']));
}, 300_000);

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** What Argo CD's Lua engine makes of an object. */
async function healthOf(object: Pick<TemperatureConverter, 'metadata' | 'status'>): Promise<Health> {
  const inputPath = join(directory, 'input.json');
  await writeFile(inputPath, JSON.stringify({ script: SCRIPT, object }));
  // SAFETY: the format of the program.
  return JSON.parse(await runCommand([program], { inputPath })) as Health;
}

function converter(
  observedGeneration: number,
  ...conditions: readonly (readonly [Condition['type'], Condition['status'], string])[]
): TemperatureConverter {
  const lastTransitionTime = '2026-01-01T00:00:00Z';
  return exampleConverter({
    status: {
      observedGeneration,
      conditions: conditions.map(([type, status, reason]) => ({
        type,
        status,
        reason,
        message: 'Why.',
        lastTransitionTime,
      })),
    },
  });
}

describe('the health check for Argo CD', () => {
  it('is the one in docs/operations.md', () => {
    const page = readFileSync(join(DOCS, 'operations.md'), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    // SAFETY: the block of a ConfigMap.
    const block = load(blocks.find((text) => text.includes(KEY)) ?? '') as { data: Record<string, string> } | undefined;
    expect(block?.data[KEY]).toBe(SCRIPT);
  });

  const problems = new Set(
    [...REASONS.Reconciled, ...REASONS.Available].filter(
      (reason) => !['Applied', 'ChangedByAdmission', 'Serving', 'Paused'].includes(reason),
    ),
  );

  it.each([...problems])('shows %s as Degraded if a user must act, otherwise as Progressing', async (reason) => {
    const isStalled = STALLED.includes(reason);
    const stalled = isStalled ? ([['Stalled', 'True', reason]] as const) : [];
    expect(await healthOf(converter(3, ['Ready', 'False', reason], ...stalled))).toEqual({
      status: isStalled ? 'Degraded' : 'Progressing',
      message: `${reason}: Why.`,
    });
  });

  it.each<[string, TemperatureConverter, Health]>([
    [
      'ready',
      converter(3, ['Ready', 'True', 'Ready'], ['Paused', 'False', 'NotPaused']),
      { status: 'Healthy', message: 'Ready: Why.' },
    ],
    [
      'paused',
      converter(3, ['Ready', 'Unknown', 'Paused'], ['Paused', 'True', 'PausedBySpec']),
      { status: 'Suspended', message: 'PausedBySpec: Why.' },
    ],
    [
      'of a generation that the operator has not seen',
      converter(2, ['Ready', 'True', 'Ready'], ['Stalled', 'True', 'Invalid']),
      { status: 'Progressing', message: 'The operator has not reconciled this generation yet.' },
    ],
    [
      'without a status',
      exampleConverter(),
      { status: 'Progressing', message: 'The operator has not reconciled this generation yet.' },
    ],
  ])('shows the health of a resource that is %s', async (_case, resource, health) => {
    expect(await healthOf(resource)).toEqual(health);
  });
});
