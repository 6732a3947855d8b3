import { describe, expect, it } from '@jest/globals';
import { metricsServerValues } from './metrics-server.ts';

describe('metricsServerValues', () => {
  it('splits the image reference into repository and tag', () => {
    const image = { reference: 'localhost/local-cluster/metrics-server:0123', archivePath: '/a.tar' };
    expect(metricsServerValues(image)).toMatchObject({
      image: { repository: 'localhost/local-cluster/metrics-server', tag: '0123', pullPolicy: 'Never' },
    });
  });
});
