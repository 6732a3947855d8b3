import { describe, expect, it } from '@jest/globals';
import { exampleConverter } from '../api/example-converter.ts';
import { buildChildren } from './children.ts';
import { buildDeployment } from './deployment.ts';
import { buildHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { buildPodDisruptionBudget } from './pod-disruption-budget.ts';
import { buildService } from './service.ts';

describe('buildChildren', () => {
  it.each([
    ['its own image', 'own:2', 'own:2'],
    ["the operator's image", undefined, 'default:1'],
  ])('builds each child with %s', (_case, image, expected) => {
    const resource = exampleConverter({ spec: image === undefined ? {} : { image } });
    expect(buildChildren(resource, { image: 'default:1' })).toEqual({
      Deployment: buildDeployment(resource, expected),
      Service: buildService(resource, expected),
      HorizontalPodAutoscaler: buildHorizontalPodAutoscaler(resource, expected),
      PodDisruptionBudget: undefined,
    });
  });

  it('builds a PodDisruptionBudget if the spec has one', () => {
    const podDisruptionBudget = { maxUnavailable: 1 };
    const resource = exampleConverter({ spec: { podDisruptionBudget } });
    expect(buildChildren(resource, { image: 'default:1' }).PodDisruptionBudget).toEqual(
      buildPodDisruptionBudget(resource, 'default:1', podDisruptionBudget),
    );
  });
});
