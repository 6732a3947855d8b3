import { describe, expect, it } from '@jest/globals';
import { metricsServerValues } from './metrics-server.ts';

describe('metricsServerValues', () => {
  it('names the image in the two parts that the chart takes', () => {
    const image = { reference: 'localhost/local-cluster/metrics-server:0123', archivePath: '/a.tar' };
    expect(metricsServerValues(image)).toMatchObject({
      image: { repository: 'localhost/local-cluster/metrics-server', tag: '0123', pullPolicy: 'Never' },
    });
  });
});
