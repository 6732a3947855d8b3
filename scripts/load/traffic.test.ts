import { describe, expect, it } from '@jest/globals';
import { parseTraffic } from './traffic.ts';

describe('the log of the load pod', () => {
  it('has a line for each second', () => {
    const line = '{"second":3,"spanSeconds":1.01,"requests":120,"failures":0,"p50Ms":1.5,"p99Ms":8.25}';
    expect(parseTraffic(line)).toEqual({
      second: 3,
      spanSeconds: 1.01,
      requests: 120,
      failures: 0,
      p50Ms: 1.5,
      p99Ms: 8.25,
      failure: undefined,
    });
  });

  it('has no latency for a second without a response, and the first failure', () => {
    const line =
      '{"second":1,"spanSeconds":1,"requests":0,"failures":7,"p50Ms":null,"p99Ms":null,"failure":"connect ECONNREFUSED"}';
    expect(parseTraffic(line)).toEqual({
      second: 1,
      spanSeconds: 1,
      requests: 0,
      failures: 7,
      p50Ms: undefined,
      p99Ms: undefined,
      failure: 'connect ECONNREFUSED',
    });
  });

  it('ends with a line that says so', () => {
    expect(parseTraffic('{"done":true}')).toBe('done');
  });

  it.each([
    '',
    '(node:1) Warning: …',
    '{"second":3,"requ',
    '{}',
    '{"second":"3","spanSeconds":1,"requests":1,"failures":0}',
    '[1]',
    'null',
  ])('may have other lines: %j', (line) => {
    expect(parseTraffic(line)).toBeUndefined();
  });
});
