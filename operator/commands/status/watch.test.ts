import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../controller-runtime/testing/fake-clock.ts';
import { RecordedOutput } from '../testing/recorded-output.ts';
import { NotFoundError } from './read-converters.ts';
import { ReadError } from './read-error.ts';
import { paintNothing } from './styles.ts';
import type { View } from './view.ts';
import { watchView } from './watch.ts';

let clock: FakeClock;
let stop: AbortController;

beforeEach(() => {
  clock = new FakeClock();
  stop = new AbortController();
});

function viewOf(text: string): View {
  return { data: { text }, render: () => `${text}\n` };
}

/** Watches these views or errors, one per read, and stops after the last one; returns the exit status. */
async function watch(
  reads: readonly (View | Error)[],
  output: RecordedOutput,
  format: 'text' | 'json' | 'yaml' = 'text',
): Promise<number> {
  const left = [...reads];
  const read = (): Promise<View> => {
    const next = left.shift();
    if (next === undefined) throw new Error('read once too often');
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const watching = watchView(read, { output, format, paint: paintNothing, clock }, stop.signal);
  const proceed = async (): Promise<void> => {
    for (;;) {
      expect(await clock.untilScheduled()).toEqual([2000]);
      if (left.length === 0) break;
      clock.advance(2000);
    }
    stop.abort();
  };
  // It may end by itself.
  await Promise.race([watching, proceed()]);
  return watching;
}

describe('on a terminal', () => {
  it('draws each screen over the previous one, and exits with 0 when it is stopped', async () => {
    const output = new RecordedOutput({ isTerminal: true });
    expect(await watch([viewOf('one\ntwo'), viewOf('three')], output)).toBe(0);
    expect(output.written).toEqual([
      '\u001B[2J\u001B[Hone\u001B[K\ntwo\u001B[K\n\u001B[J',
      '\u001B[Hthree\u001B[K\n\u001B[J',
    ]);
  });

  it('keeps the last screen while reads fail, says why, and retries', async () => {
    const output = new RecordedOutput({ isTerminal: true });
    await watch([viewOf('one'), new ReadError('no response'), viewOf('two')], output);
    expect(output.written[1]).toMatch(/one.*\n.*no response; retrying/u);
    expect(output.written[2]).toContain('two');
    expect(output.written[2]).not.toContain('retrying');
  });

  it('cuts a screen that is higher than the terminal, and says by how much', async () => {
    const output = new RecordedOutput({ isTerminal: true, rows: 6 });
    await watch([viewOf('1\n2\n3\n4\n5\n6\n7')], output);
    const lines = output.written.join('').replaceAll('\u001B[K', '').split('\n');
    expect(lines.slice(1)).toEqual(['2', '3', '4', '… 3 more lines', '\u001B[J']);
  });
});

it.each([1, 2, 3])('shows at least one line of a screen on a terminal with %d lines', async (rows) => {
  const output = new RecordedOutput({ isTerminal: true, rows });
  await watch([viewOf('1\n2\n3\n4')], output);
  expect(output.written.join('').replaceAll('\u001B[K', '')).toContain('1\n… 3 more lines\n');
});

describe('without a terminal', () => {
  it('prints again only when the data has changed', async () => {
    const output = new RecordedOutput();
    await watch([viewOf('one'), viewOf('one'), viewOf('two')], output);
    expect(output.written).toEqual(['one\n', '\ntwo\n']);
  });

  it.each([
    ['json', ['{\n  "text": "one"\n}\n', '\n{\n  "text": "two"\n}\n']],
    ['yaml', ['text: one\n', '---\ntext: two\n']],
  ] as const)('prints one %s document after another', async (format, written) => {
    const output = new RecordedOutput();
    await watch([viewOf('one'), viewOf('two')], output, format);
    expect(output.written).toEqual(written);
  });

  it('says why there is no data', async () => {
    const output = new RecordedOutput();
    const nothing: View = { data: { items: [] }, render: () => '', note: 'No TemperatureConverters found.' };
    await watch([nothing, nothing], output);
    expect([output.written.join(''), output.errors]).toEqual(['', ['No TemperatureConverters found.\n']]);
  });

  it('reports a failed read to standard error, and retries', async () => {
    const output = new RecordedOutput();
    await watch([viewOf('one'), new ReadError('no response'), viewOf('two')], output);
    expect(output.errors).toEqual(['no response; retrying\n']);
    expect(output.written).toEqual(['one\n', '\ntwo\n']);
  });
});

it('ends when the resource is deleted', async () => {
  const output = new RecordedOutput();
  const error = new NotFoundError('TemperatureConverter "web" does not exist in namespace blue');
  expect(await watch([viewOf('one'), error], output)).toBe(0);
  expect(output.errors).toEqual([
    'TemperatureConverter deleted: TemperatureConverter "web" does not exist in namespace blue\n',
  ]);
});

it('rejects if the first read fails', async () => {
  const error = new NotFoundError('TemperatureConverter "web" does not exist in namespace blue');
  await expect(watch([error], new RecordedOutput())).rejects.toBe(error);
});
