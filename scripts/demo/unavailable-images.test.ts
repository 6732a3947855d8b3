import { describe, expect, it } from '@jest/globals';
import { podProblem, type PodState } from './pod-problems.ts';
import { UnavailableImages } from './unavailable-images.ts';

const IMAGE = 'registry.example.com/temperature-converter-operator:demo-1';

function podWaiting(reason: string, message?: string): PodState {
  const waiting = message === undefined ? { reason } : { reason, message };
  return { metadata: { name: 'p' }, status: { containerStatuses: [{ image: IMAGE, state: { waiting } }] } };
}

const RUNNING: PodState = { metadata: { name: 'p' }, status: { containerStatuses: [{ image: IMAGE, state: {} }] } };

describe('podProblem', () => {
  it('is the reason and the message of a waiting container', () => {
    expect(podProblem(podWaiting('ErrImagePull', 'connection refused'))).toBe(
      'pod p: ErrImagePull: connection refused',
    );
    expect(podProblem(podWaiting('CrashLoopBackOff'))).toBe('pod p: CrashLoopBackOff');
  });

  it('is the reason why a pod cannot be scheduled', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }];
    expect(podProblem({ metadata: { name: 'p' }, status: { conditions } })).toBe(
      'pod p cannot be scheduled: 0/1 nodes are available',
    );
  });

  it.each([[podWaiting('ContainerCreating')], [RUNNING], [{ metadata: { name: 'p' }, status: {} }]])(
    'is none for an ordinary pod (%#)',
    (pod) => {
      expect(podProblem(pod)).toBeUndefined();
    },
  );
});

describe('UnavailableImages', () => {
  it.each(['ErrImagePull', 'ErrImageNeverPull', 'InvalidImageName'])('finds an image after 30 s of %s', (reason) => {
    const images = new UnavailableImages(['demo-0', 'demo-1']);
    expect(images.observe([podWaiting(reason)], 0)).toBeUndefined();
    // The kubelet alternates between the error and the backoff.
    expect(images.observe([podWaiting('ImagePullBackOff')], 30_000)).toBeUndefined();
    expect(images.observe([podWaiting(reason)], 30_001)).toBe(IMAGE);
  });

  it('forgets an image that was pulled in between', () => {
    const images = new UnavailableImages(['demo-0', 'demo-1']);
    images.observe([podWaiting('ErrImagePull')], 0);
    images.observe([RUNNING], 20_000);
    expect(images.observe([podWaiting('ErrImagePull')], 40_000)).toBeUndefined();
  });

  it('ignores images that this run does not install', () => {
    const images = new UnavailableImages(['demo-2']);
    images.observe([podWaiting('ErrImagePull')], 0);
    expect(images.observe([podWaiting('ErrImagePull')], 60_000)).toBeUndefined();
  });

  it('ignores containers that crash', () => {
    const images = new UnavailableImages(['demo-0', 'demo-1']);
    images.observe([podWaiting('CrashLoopBackOff')], 0);
    expect(images.observe([podWaiting('CrashLoopBackOff')], 60_000)).toBeUndefined();
  });
});
