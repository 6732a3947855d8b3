import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';
import { CommandFailedError, runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';
import { ALL_FEATURES } from './all-features.ts';
import { renderChart, type Values } from './render-chart.ts';

/** Checks of kube-score that the chart does not follow, with the reason. */
const IGNORED: Readonly<Record<string, string>> = {
  'container-image-pull-policy': 'a version is never pushed twice, so a node need not pull it at each start',
  'container-ephemeral-storage-request-and-limit': 'the root file system is read-only, and there is no writable volume',
  'pod-networkpolicy': 'off by default: a policy can block an API server on another port',
  'deployment-has-host-podantiaffinity': 'topologySpreadConstraints spread the pods, and allow both on a single node',
  'deployment-replicas':
    'converters serve without the operator; a failed replica is replaced in seconds, and operator.replicas allows two',
};

interface Finding {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly summary: string }[] | null;
  }[];
}

const CRITICAL_OR_WARNING = 5;

async function score(values: Values): Promise<readonly Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'kube-score-'));
  try {
    const file = join(directory, 'rendered.yaml');
    const objects = await renderChart(values);
    await writeFile(file, objects.map((object) => dump(object)).join('---\n'));
    const tools = await ensureTools(['kube-score']);
    const ignored = Object.keys(IGNORED).flatMap((check) => ['--ignore-test', check]);
    const argv = [tools['kube-score'], 'score', '--output-format', 'json', ...ignored, file];
    // SAFETY: the documented format. The exit code is 1 when there are findings.
    return JSON.parse(await runCommand(argv).catch(outputOf)) as readonly Finding[];
  } finally {
    await rm(directory, { recursive: true });
  }
}

function outputOf(error: unknown): string {
  if (error instanceof CommandFailedError) return error.output;
  throw error;
}

async function failedChecks(values: Values): Promise<readonly string[]> {
  const findings = await score(values);
  expect(findings.length).toBeGreaterThan(2);
  return findings.flatMap(({ object_name: object, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade <= CRITICAL_OR_WARNING)
      .map(({ check, comments }) => `${object}: ${check.id}: ${(comments ?? []).map(({ summary }) => summary).join()}`),
  );
}

describe('kube-score', () => {
  it.each([
    ['with the default values', {}],
    ['with two replicas and all features', ALL_FEATURES],
    ['for some namespaces', { watchNamespaces: ['here'] }],
  ])('accepts the chart: %s', async (_what, values) => {
    expect(await failedChecks(values)).toEqual([]);
  });

  it('reports a container without limits', async () => {
    const values = { operator: { resources: { limits: null } } };
    expect((await failedChecks(values)).join()).toContain('container-resources');
  });
});
