import { describe, expect, it } from '@jest/globals';
import { defaultPullPolicy } from './image-reference.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('defaultPullPolicy', () => {
  it.each([
    ['converter', 'Always'],
    ['converter:latest', 'Always'],
    [`converter:latest@${DIGEST}`, 'Always'],
    ['registry:5000/converter', 'Always'],
    ['converter:1', 'IfNotPresent'],
    ['converter:latest-1', 'IfNotPresent'],
    [`converter@${DIGEST}`, 'IfNotPresent'],
    [`registry:5000/converter:1@${DIGEST}`, 'IfNotPresent'],
  ])('for %s is %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });
});
