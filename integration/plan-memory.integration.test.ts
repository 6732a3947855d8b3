import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startLargeCluster } from './testing/large-cluster.ts';

const MAIN = join(import.meta.dirname, '..', 'operator', 'main.ts');
const FEW = 1000;
const MANY = 10_000;
const MEMORY_KIB = /maxRSS (\d+)/;
/** Prints the peak of the resident memory, in KiB. */
const REPORT = `data:text/javascript,process.on('exit',()=>process.stderr.write('maxRSS '+process.resourceUsage().maxRSS+'\\n'))`;
/** The garbage collector takes more or less, but no more for more resources. */
const TOLERANCE_MIB = 64;
const TIMEOUT_MS = 300_000;

jest.setTimeout(TIMEOUT_MS);
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plan-memory-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Measured {
  readonly peakMib: number;
  readonly lastLine: string;
  readonly progress: readonly string[];
}

/** Plans that many converters with another default image, so that each of them changes. */
async function planned(converters: number): Promise<Measured> {
  await using cluster = await startLargeCluster(converters);
  const kubeconfig = join(directory, `${converters}.yaml`);
  await writeFile(kubeconfig, cluster.kubeConfig);
  const args = ['--import', REPORT, MAIN, 'plan', '--kubeconfig', kubeconfig, '--converter-image', 'converter:next'];
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
  expect({ code, errors }).toMatchObject({ code: 1, errors: expect.stringMatching(MEMORY_KIB) });
  return {
    peakMib: Math.round(Number(MEMORY_KIB.exec(errors)?.[1]) / 1024),
    lastLine: tail.trimEnd().split('\n').at(-1) ?? '',
    progress: errors.split('\n').filter((line) => line.startsWith('planned ')),
  };
}

describe(`the plan of ${MANY} converters`, () => {
  it(`takes no more memory than that of ${FEW}, and shows progress`, async () => {
    const few = await planned(FEW);
    const many = await planned(MANY);
    process.stdout.write(`plan: ${few.peakMib} MiB for ${FEW}, ${many.peakMib} MiB for ${MANY}\n`);
    expect(few.lastLine).toBe(`${FEW} converters: ${FEW} changed (${FEW} replace their pods)`);
    expect(many.lastLine).toBe(`${MANY} converters: ${MANY} changed (${MANY} replace their pods)`);
    expect(many.progress[0]).toMatch(/^planned \d+ of 10000 converters$/);
    expect(many.peakMib - few.peakMib).toBeLessThan(TOLERANCE_MIB);
  });
});
