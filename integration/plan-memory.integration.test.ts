import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startLargeCluster } from './testing/large-cluster.ts';

const MAIN = join(import.meta.dirname, '..', 'operator', 'main.ts');
const MANY = 10_000;
/** Node.js ends with an error when the heap does not suffice, unlike with a bound of the resident memory, which varies. */
const HEAP = '--max-old-space-size=64';
const TIMEOUT_MS = 300_000;

jest.setTimeout(TIMEOUT_MS);
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plan-memory-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Planned {
  readonly lastLine: string;
  readonly progress: readonly string[];
}

/** Plans that many converters with another default image, so that each of them changes. */
async function planned(converters: number): Promise<Planned> {
  await using cluster = await startLargeCluster(converters);
  const kubeconfig = join(directory, `${converters}.yaml`);
  await writeFile(kubeconfig, cluster.kubeConfig);
  const args = [HEAP, MAIN, 'plan', '--kubeconfig', kubeconfig, '--converter-image', 'converter:next'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [tail, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-1000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  expect({ code, errors }).toMatchObject({ code: 1 });
  return {
    lastLine: tail.trimEnd().split('\n').at(-1) ?? '',
    progress: errors.split('\n').filter((line) => line.startsWith('planned ')),
  };
}

describe(`the plan of ${MANY} converters`, () => {
  it('needs a small heap, and shows progress', async () => {
    const many = await planned(MANY);
    expect(many.lastLine).toBe(`${MANY} converters: ${MANY} changed (${MANY} replace their pods)`);
    expect(many.progress[0]).toMatch(/^planned \d+ of 10000 converters$/);
  });
});
