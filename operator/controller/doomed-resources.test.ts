import { beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { HandDrivenClock } from '../runtime/hand-driven-clock.ts';
import { DoomedResources } from './doomed-resources.ts';

const RESOURCE = exampleConverter();
const MINUTE_MS = 60_000;

let clock: HandDrivenClock;
let doomed: DoomedResources;

beforeEach(() => {
  clock = new HandDrivenClock();
  doomed = new DoomedResources(clock);
  doomed.note(RESOURCE);
});

describe('a doomed resource', () => {
  it.each([
    ['waits', RESOURCE, 5 * MINUTE_MS],
    ['waits in every state', exampleConverter({ metadata: { resourceVersion: '99', generation: 9 } }), 5 * MINUTE_MS],
    ['is not a later one of its name', exampleConverter({ metadata: { uid: 'new' } }), 0],
    ['is not another of its namespace', exampleConverter({ metadata: { name: 'api', uid: 'u2' } }), 0],
  ])('%s', (_case, resource, waitMs) => {
    expect(doomed.waitMs(resource)).toBe(waitMs);
  });

  it('is tried once more after five minutes', () => {
    clock.advance(5 * MINUTE_MS - 1);
    expect(doomed.waitMs(RESOURCE)).toBe(1);
    clock.advance(1);
    expect(doomed.waitMs(RESOURCE)).toBe(0);
    doomed.note(RESOURCE);
    expect(doomed.waitMs(RESOURCE)).toBe(5 * MINUTE_MS);
  });

  it('is forgotten when it is gone', () => {
    doomed.forget('blue/web');
    expect(doomed.waitMs(RESOURCE)).toBe(0);
  });
});
