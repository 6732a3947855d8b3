import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const MODULE = join(import.meta.dirname, 'batched-output.ts');

/** Runs a program that has an output; resolves to what it has written. */
async function written(program: string): Promise<string> {
  const script = `const { createBatchedOutput } = await import(${JSON.stringify(MODULE)});
    const output = createBatchedOutput();
    ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return stdout;
}

it('writes the lines of a turn after it', async () => {
  const program = `output.write('1\\n'); output.write('2\\n');
    setTimeout(() => { output.write('3\\n'); }, 5);`;
  expect(await written(program)).toBe('1\n2\n3\n');
});

it('writes the lines of the turn in which the process exits', async () => {
  expect(await written(`output.write('1\\n'); process.exit(0);`)).toBe('1\n');
});

it('writes a line that is longer than its buffer', async () => {
  const program = `output.write('x'.repeat(40_000) + '\\n'); output.write('2\\n');`;
  expect(await written(program)).toBe(`${'x'.repeat(40_000)}\n2\n`);
});
