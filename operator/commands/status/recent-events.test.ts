import { describe, expect, it } from '@jest/globals';
import { concerns, mergeEvents } from './recent-events.ts';
import { event, minutesAgo, readyConverter } from './testing/example-observation.ts';

describe('the events of a resource', () => {
  const isRelevant = concerns(readyConverter({ metadata: { name: 'web' } }));

  it.each([
    ['TemperatureConverter/web', true],
    ['Deployment/web', true],
    ['Service/web', true],
    ['HorizontalPodAutoscaler/web', true],
    ['PodDisruptionBudget/web', true],
    ['ReplicaSet/web-6f9c7d54b8', true],
    ['Pod/web-6f9c7d54b8-2xkqz', true],
    // Of the resource web-6f9c7d54b8, or web-api.
    ['Deployment/web-6f9c7d54b8', false],
    ['ReplicaSet/web-6f9c7d54b8-7d54b86f9c', false],
    ['Pod/web-6f9c7d54b8-7d54b86f9c-2xkqz', false],
    ['Pod/web-api-6f9c7d54b8-2xkqz', false],
    ['Pod/web', false],
    ['ConfigMap/web', false],
    ['Deployment/other', false],
  ])('include those of %s: %s', (object, expected) => {
    expect(isRelevant(event(object, 'Reason', 1))).toBe(expected);
  });

  it.each([52, 57, 58, 63])('include those of pods whose name is cut, for a name of %d characters', (length) => {
    const name = `web-${'x'.repeat(length - 4)}`;
    const podName = `${`${name}-6f9c7d54b8-`.slice(0, 58)}2xkqz`;
    expect(podName.length).toBeLessThanOrEqual(63);
    const isOf = concerns(readyConverter({ metadata: { name } }));
    expect(isOf(event(`Pod/${podName}`, 'Reason', 1))).toBe(true);
    expect(isOf(event('Pod/web-6f9c7d54b8-2xkqz', 'Reason', 1))).toBe(false);
  });

  it('exclude those of an earlier resource of the same name', () => {
    expect(isRelevant(event('Deployment/web', 'Reason', 179))).toBe(true);
    expect(isRelevant(event('Deployment/web', 'Reason', 181))).toBe(false);
  });
});

describe('mergeEvents', () => {
  it('joins equal events, counts them, and sorts the newest last', () => {
    const merged = mergeEvents([
      event('Pod/a', 'BackOff', 1, { count: 3 }),
      event('Pod/a', 'Pulled', 2),
      event('Pod/a', 'BackOff', 5, { count: 4 }),
      event('Pod/b', 'BackOff', 3),
    ]);
    expect(merged.map(({ object, reason, count }) => [object, reason, count])).toEqual([
      ['Pod/b', 'BackOff', 1],
      ['Pod/a', 'Pulled', 1],
      ['Pod/a', 'BackOff', 7],
    ]);
    expect(merged.at(-1)?.time).toBe(minutesAgo(1));
  });

  it.each([
    ['series', { series: { count: 9, lastObservedTime: minutesAgo(1) } }, minutesAgo(1), 9],
    ['event time', { eventTime: minutesAgo(2), lastTimestamp: null, count: 0 }, minutesAgo(2), 1],
    ['first time', { lastTimestamp: null, eventTime: null, firstTimestamp: minutesAgo(3) }, minutesAgo(3), 1],
  ])('takes time and count of an event with a %s', (_field, more, time, count) => {
    expect(mergeEvents([event('Pod/a', 'Reason', 30, more)])).toMatchObject([{ time, count }]);
  });
});
