import { describe, expect, it } from '@jest/globals';
import { exampleConverter, FULL_SPEC } from '../api/example-converter.ts';
import { buildDeployment } from './deployment.ts';
import { childMetadata } from './labels.ts';
import { buildPodTemplate } from './pod-template.ts';

const IMAGE = 'converter:1';
const SELECTOR = {
  'app.kubernetes.io/name': 'temperature-converter',
  'app.kubernetes.io/instance': 'web',
  'app.kubernetes.io/component': 'converter',
};

describe('buildDeployment', () => {
  it.each([
    ['an empty', exampleConverter()],
    ['a full', exampleConverter({ spec: FULL_SPEC })],
  ])('with %s spec runs the pod template, and keeps each pod until its replacement is available', (_case, resource) => {
    expect(buildDeployment(resource, IMAGE)).toStrictEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: childMetadata(resource, IMAGE),
      spec: {
        selector: {
          matchLabels: SELECTOR,
        },
        revisionHistoryLimit: 3,
        minReadySeconds: 2,
        progressDeadlineSeconds: 120,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: buildPodTemplate(resource, IMAGE),
      },
    });
  });

  it('does not set replicas, which the autoscaler owns', () => {
    expect(buildDeployment(exampleConverter({ spec: FULL_SPEC }), IMAGE).spec).not.toHaveProperty('replicas');
  });
});
