import type { V1Deployment } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import type { TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import { selectorLabels } from '../../operator/children/labels.ts';
import { buildLoadPod } from './load-pod.ts';
import { type LoadPodState, readLoadPodState } from './load-pod-state.ts';
import type { LoadTarget } from './load-target.ts';

const OPTIONS = { connections: 24, seconds: 180, image: undefined, labels: {} };

function target({ name = 'weather', podSpec = {}, clusterIP = '10.96.0.7' } = {}): LoadTarget {
  const metadata = { name, namespace: 'team', uid: 'u', generation: 1, creationTimestamp: '' };
  const containers = [{ name: 'converter', image: 'converter:1', imagePullPolicy: 'IfNotPresent' }];
  return {
    // SAFETY: as in a cluster, reduced to what is read.
    converter: {
      metadata,
      spec: { service: { port: 8080 } },
      status: { image: 'converter:1' },
    } as unknown as TemperatureConverter,
    service: { spec: { clusterIP } },
    deployment: { spec: { template: { spec: { containers, ...podSpec } } } } as V1Deployment,
  };
}

describe('the load pod', () => {
  it("has the converter's image, and sends only to the address of its Service", () => {
    const [container] = buildLoadPod(target(), OPTIONS, 'abc').spec?.containers ?? [];
    expect(container).toMatchObject({
      image: 'converter:1',
      imagePullPolicy: 'IfNotPresent',
      args: ['http://10.96.0.7:8080/api/convert-fahrenheit-to-celsius', '24', '180'],
    });
  });

  it('sends to an IPv6 address', () => {
    const [container] = buildLoadPod(target({ clusterIP: 'fd00::7' }), OPTIONS, 'abc').spec?.containers ?? [];
    expect(container?.args?.[0]).toBe('http://[fd00::7]:8080/api/convert-fahrenheit-to-celsius');
  });

  it('can have another image', () => {
    const pod = buildLoadPod(target(), { ...OPTIONS, image: 'node:26' }, 'abc');
    expect(pod.spec?.containers[0]?.image).toBe('node:26');
  });

  it('meets the Pod Security Standard restricted, has no token, and ends by itself', () => {
    expect(buildLoadPod(target(), OPTIONS, 'abc').spec).toMatchObject({
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 480,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } } },
      ],
    });
  });

  it('has limits, for quotas that require them', () => {
    expect(buildLoadPod(target(), OPTIONS, 'abc').spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '1', memory: '256Mi' },
    });
  });

  it("can be pulled and scheduled where the converter's pods can", () => {
    const podSpec = {
      imagePullSecrets: [{ name: 'registry' }],
      serviceAccountName: 'puller',
      nodeSelector: { 'kubernetes.io/arch': 'arm64' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    };
    expect(buildLoadPod(target({ podSpec }), OPTIONS, 'abc').spec).toMatchObject(podSpec);
  });

  it('is not selected by the Service of the converter, whatever labels it is given', () => {
    const { converter } = target();
    const selector = selectorLabels(converter);
    const labels = buildLoadPod(target(), { ...OPTIONS, labels: selector }, 'abc').metadata?.labels ?? {};
    expect(Object.entries(selector).every(([key, value]) => labels[key] === value)).toBe(false);
  });

  it('has a valid name for the longest name of a converter', () => {
    expect(buildLoadPod(target({ name: 'a'.repeat(63) }), OPTIONS, 'abc123').metadata?.name).toMatch(
      /^a{50}-load-abc123$/,
    );
  });
});

describe('the state of the load pod', () => {
  it.each([
    [
      'is not scheduled',
      {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
      },
      'Unschedulable: 0/1 nodes',
    ],
    ['is not started', { phase: 'Pending' }, 'the container is not started yet'],
    ['is being created', containerIn({ waiting: { reason: 'ContainerCreating' } }), 'ContainerCreating'],
    [
      'may still be pulled',
      containerIn({ waiting: { reason: 'ErrImagePull', message: 'timeout' } }),
      'ErrImagePull: timeout',
    ],
  ])('waits while it %s', (_, status, reason) => {
    expect(read(status)).toEqual({ kind: 'waiting', reason });
  });

  it.each([
    [
      'its image cannot be pulled',
      containerIn({ waiting: { reason: 'ImagePullBackOff', message: 'not found' } }),
      'cannot start: ImagePullBackOff: not found',
    ],
    [
      'its image runs as root',
      containerIn({ waiting: { reason: 'CreateContainerConfigError', message: 'runs as root' } }),
      'cannot start: CreateContainerConfigError: runs as root',
    ],
    [
      'its image has no node',
      containerIn({
        terminated: {
          exitCode: 128,
          reason: 'StartError',
          message: 'exec: "node": executable file not found in $PATH',
        },
      }),
      'has no program `node`',
    ],
    [
      'it crashes',
      containerIn({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      'ended with exit code 137 (OOMKilled)',
    ],
    [
      'it is evicted',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory', ...containerIn({ running: {} }) },
      'failed: Evicted: The node was low on memory',
    ],
    ['its deadline is over', { phase: 'Failed', reason: 'DeadlineExceeded' }, 'failed: DeadlineExceeded'],
  ])('has failed when %s', (_, status, reason) => {
    expect(read(status)).toEqual({ kind: 'failed', reason: expect.stringContaining(reason) });
  });

  it('has failed when the pod is deleted', () => {
    expect(readLoadPodState(undefined)).toEqual({ kind: 'failed', reason: 'The load pod was deleted' });
    const deleted = read(containerIn({ running: {} }), { deletionTimestamp: '2026-11-28T09:00:00Z' });
    expect(deleted).toEqual({ kind: 'failed', reason: 'The load pod is being deleted' });
  });

  it('is that of its own container, beside an injected sidecar', () => {
    const statuses = [
      { name: 'proxy', state: { running: {} } },
      { name: 'load', state: { terminated: { exitCode: 0 } } },
    ];
    expect(read({ phase: 'Running', containerStatuses: statuses })).toEqual({ kind: 'done' });
  });

  it('is running', () => {
    expect(read(containerIn({ running: {} }))).toEqual({ kind: 'running' });
  });
});

function read(status: object, metadata = {}): LoadPodState {
  const pod: object = { metadata, status };
  return readLoadPodState(pod);
}

/** The status of a pod whose container has a state. */
function containerIn(state: object): { readonly containerStatuses: readonly object[] } {
  return { containerStatuses: [{ name: 'load', state }] };
}
