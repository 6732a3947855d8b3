import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { DoomedResources } from './doomed-resources.ts';

const RESOURCE = exampleConverter();

describe('a doomed resource', () => {
  it.each([
    ['is that one', RESOURCE, true],
    ['is it in every state', exampleConverter({ metadata: { resourceVersion: '99', generation: 9 } }), true],
    ['is not a later one of its name', exampleConverter({ metadata: { uid: 'new' } }), false],
    ['is not another of its namespace', exampleConverter({ metadata: { name: 'api', uid: 'u2' } }), false],
  ])('%s', (_case, resource, isDoomed) => {
    const doomed = new DoomedResources();
    doomed.note(RESOURCE);
    expect(doomed.has(resource)).toBe(isDoomed);
  });

  it('is forgotten when it is gone', () => {
    const doomed = new DoomedResources();
    doomed.note(RESOURCE);
    doomed.forget('blue/web');
    expect(doomed.has(RESOURCE)).toBe(false);
  });
});
