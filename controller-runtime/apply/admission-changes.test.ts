import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Difference } from './apply-difference.ts';
import type { KubernetesObject } from '../object/object.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { AdmissionChanges } from './admission-changes.ts';

const NAME = 'Deployment blue/web';
const MINUTE_MS = 60_000;
const IMAGE = difference('spec.image', 'web:1', 'mirror/web:1');
const LIMITS = difference('spec.limits', { cpu: 1 }, { cpu: 2, memory: 3 });

let clock: FakeClock;
let changes: AdmissionChanges;

beforeEach(() => {
  clock = new FakeClock();
  clock.advance(12_345);
  changes = new AdmissionChanges(clock);
});

function difference(path: string, wanted: unknown, found: unknown): Difference {
  return { path, wanted, found, steps: [] };
}

function object(uid: string, resourceVersion = '1'): KubernetesObject {
  return { metadata: { name: 'web', namespace: 'blue', uid, resourceVersion } };
}

describe('the changes of admission plug-ins', () => {
  beforeEach(() => {
    changes.note(NAME, object('u1'), [IMAGE, LIMITS]);
  });

  it('are all those in which a written object differs from what was sent', () => {
    expect([IMAGE, LIMITS].map((one) => changes.includes(NAME, object('u1'), one))).toEqual([true, true]);
  });

  it('are recognized by their values, in every later version of the object', () => {
    const same = difference('spec.limits', { cpu: 1 }, { cpu: 2, memory: 3 });
    expect(changes.includes(NAME, object('u1', '99'), same)).toBe(true);
  });

  it.each([
    ['another field', NAME, 'u1', difference('spec.tag', 'web:1', 'mirror/web:1')],
    ['another value that was found', NAME, 'u1', difference('spec.image', 'web:1', 'web:0')],
    ['another value inside of what was found', NAME, 'u1', difference('spec.limits', { cpu: 1 }, { cpu: 2 })],
    ['a field that is missing since', NAME, 'u1', difference('spec.image', 'web:1', undefined)],
    ['another value that is wanted', NAME, 'u1', difference('spec.image', 'web:2', 'mirror/web:1')],
    ['an object of the same name that was created since', NAME, 'u2', IMAGE],
    ['an object of another name', 'Deployment blue/api', 'u1', IMAGE],
  ])('do not include %s', (_case, name, uid, other) => {
    expect(changes.includes(name, object(uid), other)).toBe(false);
  });

  it('hold for an hour: a policy can be removed without an event', () => {
    expect(changes.remainingMs(NAME)).toBe(60 * MINUTE_MS);
    clock.advance(60 * MINUTE_MS - 1);
    expect([changes.remainingMs(NAME), changes.includes(NAME, object('u1'), IMAGE)]).toEqual([1, true]);
    clock.advance(1);
    expect([changes.remainingMs(NAME), changes.includes(NAME, object('u1'), IMAGE)]).toEqual([0, false]);
    clock.advance(MINUTE_MS);
    expect(changes.remainingMs(NAME)).toBe(0);
  });

  it('are replaced by those of a later write, which hold for another hour', () => {
    clock.advance(40 * MINUTE_MS);
    changes.note(NAME, object('u1'), [IMAGE]);
    expect([IMAGE, LIMITS].map((one) => changes.includes(NAME, object('u1'), one))).toEqual([true, false]);
    expect(changes.remainingMs(NAME)).toBe(60 * MINUTE_MS);
  });

  it.each([
    ['after a write that was not changed', (): void => changes.note(NAME, object('u1'), [])],
    ['of an object that is forgotten', (): void => changes.forget(NAME)],
  ])('are none %s', (_case, act) => {
    act();
    expect([changes.includes(NAME, object('u1'), IMAGE), changes.remainingMs(NAME)]).toEqual([false, 0]);
  });
});

it('no change is known of an object that was never written', () => {
  expect([changes.includes(NAME, object('u1'), IMAGE), changes.remainingMs(NAME)]).toEqual([false, 0]);
});
