import { describe, expect, it } from '@jest/globals';
import type { LiveContainer, LivePod } from './live-objects.ts';
import { type PodReport, reportPods } from './pod-report.ts';
import { podRows } from './pod-rows.ts';
import { minutesAgo, NOW, pod } from './testing/example-observation.ts';

function report(more: Partial<LivePod>): PodReport {
  const [first] = reportPods([pod('web-1', 5, more)]);
  if (first === undefined) throw new Error('one pod is reported');
  return first;
}

/** The texts of the rows of a pod. */
function rows(more: Partial<LivePod>): readonly (readonly string[])[] {
  return podRows([report(more)], NOW).map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text)));
}

const container = (name: string, more: Partial<LiveContainer> = {}): LiveContainer => ({
  name,
  ready: false,
  restartCount: 0,
  ...more,
});

describe('a pod', () => {
  it('with an init container and sidecars lists them in the order of their start', () => {
    const running = { running: { startedAt: minutesAgo(4) } };
    const text = rows({
      spec: {
        nodeName: 'worker-2',
        initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }],
        containers: [{ name: 'converter' }, { name: 'logs' }],
        ephemeralContainers: [{ name: 'debugger' }],
      },
      status: {
        phase: 'Running',
        initContainerStatuses: [
          container('setup', { ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } }),
          container('proxy', { ready: true, restartCount: 2, state: running }),
        ],
        containerStatuses: [
          container('converter', { ready: true, state: running }),
          container('logs', {
            restartCount: 5,
            state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
            lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: minutesAgo(1) } },
          }),
        ],
        ephemeralContainerStatuses: [container('debugger', { state: running })],
      },
    });
    expect(text).toEqual([
      ['web-1', '2/3', 'Running', '7', '5m', 'node worker-2'],
      ['  setup (init)', 'yes', 'Terminated', '0', '-', 'exit code 0, Completed'],
      ['  proxy (sidecar)', 'yes', 'Running', '2', '4m', ''],
      ['  converter', 'yes', 'Running', '0', '4m', ''],
      [
        '  logs',
        'no',
        'Waiting',
        '5',
        '-',
        'CrashLoopBackOff: back-off 40s; terminated 60s ago: exit code 137, OOMKilled',
      ],
      ['  debugger (ephemeral)', 'no', 'Running', '0', '4m', ''],
    ]);
  });

  it('that no node fits shows the words of the scheduler', () => {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/3 nodes are available: 3 Insufficient cpu.',
    };
    const text = rows({
      spec: { containers: [{ name: 'converter' }] },
      status: { phase: 'Pending', conditions: [condition] },
    });
    expect(text).toEqual([
      ['web-1', '0/1', 'Pending', '0', '5m', 'no node; Unschedulable: 0/3 nodes are available: 3 Insufficient cpu'],
      ['  converter', 'no', 'Pending', '0', '-', ''],
    ]);
  });

  it.each<[string, Partial<LivePod>, Partial<PodReport>]>([
    [
      'evicted',
      { status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } },
      { state: 'Failed', reason: 'Evicted: low on memory' },
    ],
    [
      'waiting for a readiness gate',
      {
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: 'gate' }],
        },
      },
      { state: 'Running', reason: 'ReadinessGatesNotReady: gate', isReady: false },
    ],
    [
      'being drained',
      {
        status: {
          phase: 'Running',
          conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }],
        },
      },
      { reason: 'EvictionByEvictionAPI' },
    ],
    [
      'whose containers are not ready',
      {
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'c' }],
        },
      },
      { reason: undefined },
    ],
    [
      'that terminates',
      { metadata: { ...pod('web-1', 5).metadata, deletionTimestamp: minutesAgo(1) } },
      { state: 'Terminating' },
    ],
    ['without a status', { status: {} }, { state: 'Unknown', ready: '0/1' }],
  ])('%s', (_title, more, expected) => {
    expect(report(more)).toMatchObject(expected);
  });
});

describe('pods', () => {
  it('are listed from the oldest to the newest, those of one age by name', () => {
    const names = reportPods([pod('c', 1), pod('b', 5), pod('a', 5)]).map(({ name }) => name);
    expect(names).toEqual(['a', 'b', 'c']);
  });
});
