import { describe, expect, it } from '@jest/globals';
import { adviseOnRefusedPods } from './refused-pods.ts';

const forbidden = (words: string): string => `pods "web-5d8c-" is forbidden: ${words}`;

describe('the advice on refused pods', () => {
  it.each([
    [forbidden('exceeded quota: small, requested: pods=1, used: pods=5, limited: pods=5'), 'Raise the quota'],
    [forbidden('failed quota: small: must specify limits.cpu for: proxy'), 'Raise the quota'],
    [forbidden('violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'), 'Pod Security level'],
    [forbidden('error looking up service account blue/x: serviceaccount "x" not found'), 'spec.pod.serviceAccountName'],
    [forbidden('no PriorityClass with name high was found'), 'spec.pod.priorityClassName'],
    [forbidden('minimum cpu usage per Container is 100m, but request is 10m'), 'LimitRange'],
    ['admission webhook "x" denied the request: no', 'Ask the owner of the policy'],
    [`ValidatingAdmissionPolicy 'x' with binding 'y' denied request: no`, 'Ask the owner of the policy'],
    ['Pod "web-5d8c-x" is invalid: spec.containers[1].image: Required value', 'See: kubectl describe deployment web'],
  ])('fits %s', (words, advice) => {
    const found = adviseOnRefusedPods(words, 'web');
    expect(found.isTransient).toBe(false);
    expect(found.advice).toContain(advice);
  });

  it('says that a webhook that cannot be called may be back', () => {
    const words = 'Internal error occurred: failed calling webhook "x": connection refused';
    expect(adviseOnRefusedPods(words, 'web')).toEqual({
      isTransient: true,
      advice: 'The ReplicaSet keeps retrying. If it lasts, check the program that serves the webhook.',
    });
  });
});
