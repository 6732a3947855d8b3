import { describe, expect, it } from '@jest/globals';
import { INSTANCE_LABEL } from '../children/labels.ts';
import { trimPod } from './cached-pod.ts';

const NAMES = { name: 'web-1', namespace: 'blue', uid: 'p1', resourceVersion: '7' };

describe('trimPod', () => {
  it('keeps only the identity, the instance label, the node and the problem of a pod', () => {
    const times = { startedAt: 'then', finishedAt: 'now' };
    const received = {
      metadata: {
        ...NAMES,
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-02T00:00:00Z',
        labels: { [INSTANCE_LABEL]: 'web', 'pod-template-hash': 'x' },
        annotations: { a: 'b' },
      },
      spec: { nodeName: 'node-1', containers: [] },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        conditions: [{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: 'then' }],
        initContainerStatuses: [{ imageID: 'i', name: 'init', ready: true, restartCount: 0, state: {} }],
        containerStatuses: [
          {
            imageID: 'sha256:1',
            containerID: 'c1',
            started: true,
            name: 'converter',
            image: 'converter:1',
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
            lastState: { terminated: { ...times, exitCode: 137, reason: 'OOMKilled' } },
          },
        ],
      },
    };
    expect(trimPod(received)).toStrictEqual({
      metadata: {
        ...NAMES,
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-02T00:00:00Z',
        labels: { [INSTANCE_LABEL]: 'web' },
      },
      spec: { nodeName: 'node-1' },
      status: {
        phase: 'Running',
        conditions: [{ type: 'PodScheduled', status: 'True' }],
        initContainerStatuses: [{ name: 'init', ready: true, restartCount: 0, state: {} }],
        containerStatuses: [
          {
            name: 'converter',
            image: 'converter:1',
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          },
        ],
      },
    });
  });

  it('keeps the termination of a container', () => {
    const container = { name: 'converter', ready: false, restartCount: 0, state: { terminated: { exitCode: 1 } } };
    expect(trimPod({ metadata: NAMES, status: { containerStatuses: [container] } }).status?.containerStatuses).toEqual([
      container,
    ]);
  });

  it('keeps why a pod failed, and at most 500 characters of what a container wrote', () => {
    const failed = { phase: 'Failed', reason: 'Evicted', message: 'low on memory' };
    const state = { terminated: { exitCode: 1, message: 'x'.repeat(9000) } };
    const container = { name: 'converter', ready: false, restartCount: 0, state };
    const { status } = trimPod({ metadata: NAMES, status: { ...failed, containerStatuses: [container] } });
    expect(status).toMatchObject(failed);
    expect(status?.containerStatuses?.[0]?.state?.terminated?.message).toHaveLength(500);
  });

  it('accepts a pod without a status', () => {
    expect(trimPod({ metadata: NAMES })).toStrictEqual({ metadata: NAMES, status: { containerStatuses: [] } });
  });
});
