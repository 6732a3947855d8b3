import { beforeEach, describe, expect, it } from '@jest/globals';
import { createJsonLogger } from './json-logger.ts';
import type { Logger } from './logger.ts';

let lines: string[];
let log: Logger;

beforeEach(() => {
  lines = [];
  log = createJsonLogger({ write: (line) => lines.push(line) });
});

const parsed = (): unknown[] => lines.map((line) => JSON.parse(line) as unknown);

describe('a JSON log', () => {
  it('writes one object per line: level, time, fields and message', () => {
    log.info({ workers: 2 }, 'starting\nworkers');
    expect(parsed()).toEqual([{ level: 'info', time: expect.any(String), workers: 2, msg: 'starting\nworkers' }]);
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  });

  it('writes the fields of a child in each of its lines', () => {
    log.child({ namespace: 'blue' }).child({ name: 'web' }).warn({ retryInMs: 100 }, 'retrying');
    expect(parsed()).toMatchObject([{ level: 'warn', namespace: 'blue', name: 'web', retryInMs: 100 }]);
  });

  it('writes the stack of an error', () => {
    log.error({ error: new TypeError('broken') }, 'failed');
    expect(parsed()).toMatchObject([{ error: expect.stringMatching(/^TypeError: broken\n\s+at /) }]);
  });

  it('writes no line below its level', () => {
    log.debug({}, 'hidden');
    createJsonLogger({ level: 'error', write: (line) => lines.push(line) })
      .child({})
      .warn({}, 'hidden');
    expect(lines).toEqual([]);
  });
});
