import { describe, expect, it } from '@jest/globals';
import { findSpecField } from './spec-field.ts';

const CONTAINER = 'spec.template.spec.containers[name=converter]';

describe('findSpecField', () => {
  it.each([
    ['Deployment', `${CONTAINER}.image`, 'spec.image'],
    ['Deployment', `${CONTAINER}.imagePullPolicy`, 'spec.imagePullPolicy'],
    ['Deployment', `${CONTAINER}.resources.requests.cpu`, 'spec.resources'],
    ['Deployment', 'spec.template.metadata.labels.team', 'spec.pod.labels'],
    ['Deployment', 'spec.template.metadata.annotations["a.b/c"]', 'spec.pod.annotations'],
    ['Deployment', 'spec.template.spec.nodeSelector.disk', 'spec.pod.nodeSelector'],
    ['Deployment', 'metadata.labels.team', 'spec.commonLabels'],
    ['Service', 'spec.type', 'spec.service.type'],
    ['Service', 'spec.ports[port=80,protocol=TCP].nodePort', 'spec.service.nodePort'],
    ['Service', 'metadata.annotations.cost', 'spec.service.annotations'],
    ['HorizontalPodAutoscaler', 'spec.maxReplicas', 'spec.autoscaling.maxReplicas'],
    ['HorizontalPodAutoscaler', 'metadata.labels.team', 'spec.commonLabels'],
  ] as const)('of a %s, %s is %s', (kind, path, field) => {
    expect(findSpecField(kind, path)).toBe(field);
  });

  it.each([
    ['Deployment', `${CONTAINER}.securityContext.readOnlyRootFilesystem`],
    ['Deployment', 'spec.template.spec.containers[name=proxy].image'],
    ['Service', 'spec.selector.app'],
    ['HorizontalPodAutoscaler', 'spec.scaleTargetRef.name'],
  ] as const)('of a %s, no field sets %s', (kind, path) => {
    expect(findSpecField(kind, path)).toBeUndefined();
  });
});
