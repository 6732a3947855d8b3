import { describe, expect, it } from '@jest/globals';
import { BUCKETS_SECONDS, labelMethod, RequestStatistics } from './request-statistics.ts';

describe('RequestStatistics', () => {
  it('keeps one series for each route, method and status', () => {
    const statistics = new RequestStatistics();
    statistics.observe('/a', 'GET', 200, 0.25);
    statistics.observe('/a', 'GET', 200, 0.5);
    statistics.observe('/a', 'GET', 400, 0.5);
    statistics.observe('/a', 'HEAD', 200, 0.5);
    statistics.observe('/b', 'GET', 200, 0.5);
    expect([...statistics.series()]).toMatchObject([
      { route: '/a', method: 'GET', status: 200, count: 2, sumSeconds: 0.75 },
      { route: '/a', method: 'GET', status: 400, count: 1 },
      { route: '/a', method: 'HEAD', status: 200, count: 1 },
      { route: '/b', method: 'GET', status: 200, count: 1 },
    ]);
  });

  it('counts a duration in the first bucket whose bound it does not exceed, if any', () => {
    const statistics = new RequestStatistics();
    for (const seconds of [0, ...BUCKETS_SECONDS, 1.000_1]) statistics.observe('/', 'GET', 200, seconds);
    const [series] = [...statistics.series()];
    expect(series?.buckets).toEqual([2, ...BUCKETS_SECONDS.slice(1).map(() => 1)]);
    expect(series?.count).toBe(BUCKETS_SECONDS.length + 2);
  });

  it('counts unreadable requests', () => {
    const statistics = new RequestStatistics();
    for (const status of [400, 431, 400]) statistics.refuse(status);
    expect([...statistics.refused()]).toEqual([
      [400, 2],
      [431, 1],
    ]);
  });
});

describe('labelMethod', () => {
  it('does not use arbitrary methods as labels', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'get', 'BREW', '', undefined].map((method) => labelMethod(method))).toEqual([
      'GET',
      'HEAD',
      'OPTIONS',
      'other',
      'other',
      'other',
      'other',
    ]);
  });
});
