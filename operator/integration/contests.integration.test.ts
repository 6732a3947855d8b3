import { setInterval as every } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { AdjustableAccount } from './adjustable-account.ts';
import { inShort, isWrite } from './audit-log.ts';
import { setUpBench } from './bench.ts';
import { eventually } from './eventually.ts';
import { DEFAULT_IMAGE, type RunningOperator } from './running-operator.ts';

/** Longer than any wait of the operator. */
const LONG_MS = 15 * 60_000;
/** How long it waits at most before it puts back what somebody keeps changing. */
const LONGEST_WAIT_MS = 5 * 60_000;

const STATUS = 'patch temperatureconverters/web/status';

const bench = setUpBench();

describe('somebody who keeps changing what we set', () => {
  it('is answered less and less often, and named in the status; once he stops, it is put right', async () => {
    const { cluster, namespace } = bench;
    const operator = await bench.startSynced();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await operator.idle();
    const rival = new AbortController();
    const fight = (async () => {
      const spec = { maxReplicas: 9 };
      for await (const _ of every(50, undefined, { signal: rival.signal })) {
        await cluster.patch(['HorizontalPodAutoscaler', namespace, 'web'], { spec }, 'rival');
      }
    })().catch(() => undefined);
    const { message } = await bench.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toContain('field manager "rival" keeps changing spec.maxReplicas');
    await bench.condition('web', 'Ready', { status: 'False', reason: 'Contested' });
    // Ten minutes in which he never rests.
    for (let minute = 0; minute < 10; minute += 1) {
      operator.clock.advance(60_000);
      await operator.idle(60);
    }
    await bench.condition('web', 'Reconciled', { reason: 'Contested' });
    rival.abort();
    await fight;
    const repairs = (await operator.writes(4)).filter((write) => write === 'patch horizontalpodautoscalers/web');
    expect(repairs.length).toBeGreaterThan(5);
    expect(repairs.length).toBeLessThan(14);

    operator.clock.advance(LONGEST_WAIT_MS);
    await eventually(async () => {
      expect((await cluster.get('HorizontalPodAutoscaler', namespace, 'web')).spec).toMatchObject({ maxReplicas: 5 });
    });
    await operator.idle();
    // Nobody can know yet that he has stopped.
    await bench.condition('web', 'Reconciled', { reason: 'Contested' });
    operator.clock.advance(LONGEST_WAIT_MS + 5000);
    await bench.applied('web');
  });

  it('is not accused when it was the API server that refused the repairs', async () => {
    const { cluster, namespace } = bench;
    const proxy = await bench.startProxy();
    const operator = await bench.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await operator.idle();
    let refused = 0;
    proxy.fault = ({ verb, resource }) => {
      if (verb !== 'patch' || resource !== 'services' || refused >= 8) return undefined;
      refused += 1;
      return { type: 'answer', status: 503 };
    };
    await cluster.patch(['Service', namespace, 'web'], {
      spec: { ports: [{ name: 'http', port: 81, targetPort: 'http' }] },
    });
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 80 }] });
    });
    await bench.applied('web');
    expect(refused).toBe(8);
    const events = await cluster.list<{ reason: string }>('Event', namespace);
    expect(events.map(({ reason }) => reason)).not.toContain('Contested');
  });
});

describe('two operators of different defaults in one namespace', () => {
  const DEPLOYMENT = ['deployments'];
  const ALL_CHILDREN = ['deployments', 'horizontalpodautoscalers', 'services'];

  it.each([
    ['the Deployment, whose image differs', 'other.example.com/converter:1.0.0', DEPLOYMENT],
    ['each child, whose label of the version differs', 'registry.example.com/converter:2.0.0', ALL_CHILDREN],
  ])('write less and less often, and the status names them: %s', async (_case, image, contested) => {
    const { cluster, namespace } = bench;
    const first = await bench.startSynced();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    // One who has a part in the object, but none in what follows.
    await cluster.patch(['Deployment', namespace, 'web'], { metadata: { annotations: { note: 'mine' } } });
    await first.idle();
    const before = (await first.writes()).length;
    const second = await bench.startSynced({ image });
    const reasons = await reasonsOfTenMinutes([first, second]);

    const { message } = await bench.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toMatch(
      /^Deployment web: another instance of this operator, .* keeps changing .*(?:image|version)/,
    );
    expect(message).toContain('Let only one of them work in this namespace');
    // It goes to and fro, and the status does not.
    expect(new Set(reasons.slice(reasons.indexOf('Contested')))).toEqual(new Set(['Contested']));
    for (const [operator, earlier] of [[first, before] as const, [second, 0] as const]) {
      const writes = await countWrites(operator, earlier);
      for (const child of contested) expect(writes.get(`patch ${child}/web`)).toBeLessThanOrEqual(REPAIRS);
      // Of its own accord each tells of its repair, and of the other's; what the other tells of an earlier state it puts
      // back by the same schedule. At the beginning each child becomes contested, and the second one says what it finds.
      const statuses = writes.get(STATUS) ?? 0;
      expect(statuses).toBeLessThanOrEqual(3 * REPAIRS + 1 + contested.length);
      const events = (writes.get('create events') ?? 0) + (writes.get('patch events') ?? 0);
      expect(events).toBeLessThanOrEqual(2);
    }

    await second.stop();
    await eventually(async () => {
      first.clock.advance(LONG_MS);
      const deployment = await cluster.get('Deployment', namespace, 'web');
      expect(JSON.stringify(deployment.spec)).toContain(DEFAULT_IMAGE);
      const { status } = await cluster.converter(namespace, 'web');
      expect(status?.conditions?.find(({ type }) => type === 'Reconciled')).toMatchObject({ reason: 'Applied' });
    });
  });

  it('do not fight over what each says of a child that only one of them may write', async () => {
    const { cluster, namespace } = bench;
    const first = await bench.startSynced();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await first.idle();
    const before = (await first.writes()).length;
    const account = await AdjustableAccount.create(bench.server, namespace);
    await account.take('deployments', 'patch');
    const image = 'other.example.com/converter:1.0.0';
    const second = await bench.startSynced({ image, kubeConfig: account.kubeConfig });
    await reasonsOfTenMinutes([first, second]);

    const ofFirst = await countWrites(first, before);
    expect(ofFirst.get(STATUS)).toBeLessThanOrEqual(REPAIRS);
    const ofSecond = await countWrites(second, 0);
    expect(ofSecond.get(STATUS)).toBeLessThanOrEqual(1 + REPAIRS);
    // It tries at once, whenever the first one has changed the status, and by itself: with delays of 10, 20, 40, 80, 160
    // and 300 seconds, of which the half may be left out.
    expect(ofSecond.get('patch deployments/web')).toBeLessThanOrEqual(1 + REPAIRS + 8);
    const { message } = await bench.condition('web', 'Reconciled', {});
    expect(message).toMatch(/cannot patch resource "deployments"|as the spec asks/);
  });
});

/**
 * How often somebody who never rests is answered within ten minutes: five times at once, and then 5, 15, 35, 75, 155 and
 * 315 seconds later; the next time would be 300 seconds after that.
 */
const REPAIRS = 11;

/** Lets ten minutes pass for operators, and gives the reasons that the status has had for the children. */
async function reasonsOfTenMinutes(operators: readonly RunningOperator[]): Promise<readonly (string | undefined)[]> {
  const reasons: (string | undefined)[] = [];
  for (let seconds = 0; seconds < 600; seconds += 5) {
    await Promise.all(operators.map((operator) => operator.idle(60)));
    const { status } = await bench.cluster.converter(bench.namespace, 'web');
    reasons.push(status?.conditions?.find(({ type }) => type === 'Reconciled')?.reason);
    for (const { clock } of operators) clock.advance(5000);
  }
  return reasons;
}

/** How often an operator has made each write, after the first `earlier`. */
async function countWrites(operator: RunningOperator, earlier: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const request of (await operator.requests()).filter(isWrite).slice(earlier)) {
    const write = inShort(request);
    counts.set(write, (counts.get(write) ?? 0) + 1);
  }
  return counts;
}

describe('somebody who keeps changing the status', () => {
  it('is answered less and less often; a new spec is told at once, and he is got over once he stops', async () => {
    const { cluster, namespace } = bench;
    const operator = await bench.startSynced();
    await cluster.createConverter(namespace, 'web');
    await bench.applied('web');
    await operator.idle();
    const address = ['TemperatureConverter', namespace, 'web'] as const;
    const before = (await operator.writes()).length;
    for (let change = 0; change < 200; change += 1) {
      await cluster.patchStatus(address, { url: `http://elsewhere-${change}` });
      operator.clock.advance(1000);
    }
    await operator.idle();
    // Five at once, then after 5, 10, 20, 40, 80 seconds.
    const repairs = (await operator.writes()).length - before;
    expect(repairs).toBeGreaterThan(4);
    expect(repairs).toBeLessThan(13);

    await cluster.patch(address, { spec: { service: { port: 81 } } });
    await bench.applied('web');
    await cluster.patchStatus(address, { url: 'http://elsewhere' });
    await eventually(async () => {
      operator.clock.advance(60_000);
      expect((await cluster.converter(namespace, 'web')).status?.url).toBe(`http://web.${namespace}.svc:81`);
    });
  });
});

describe('an admission policy that undoes what we set', () => {
  it('does not make us write for ever, is told in the status, and is got over once it is gone', async () => {
    const { cluster, namespace } = bench;
    const name = `ports-${namespace}`;
    const apiVersion = 'admissionregistration.k8s.io/v1';
    await cluster.create({
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          resourceRules: [
            {
              apiGroups: ['autoscaling'],
              apiVersions: ['v2'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['horizontalpodautoscalers'],
            },
          ],
        },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: 'Object{spec: Object.spec{maxReplicas: 3}}' },
          },
        ],
      },
    });
    await cluster.create({
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name },
    });
    await eventually(async () => {
      const probe = {
        spec: { maxReplicas: 9, scaleTargetRef: { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' } },
      };
      const applied = await cluster.apply(['HorizontalPodAutoscaler', namespace, 'probe'], probe);
      expect(applied.spec).toMatchObject({ maxReplicas: 3 });
    });
    const operator = await bench.startSynced();
    await cluster.createConverter(namespace, 'web');
    const { message } = await bench.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toContain('keeps changing spec.maxReplicas');
    await operator.idle();
    operator.clock.advance(60_000);
    await operator.idle();
    const writes = (await operator.writes()).filter((write) => write === 'patch horizontalpodautoscalers/web');
    expect(writes.length).toBeLessThan(5);

    await cluster.delete('MutatingAdmissionPolicyBinding', undefined, name);
    await cluster.delete('MutatingAdmissionPolicy', undefined, name);
    await eventually(async () => {
      operator.clock.advance(LONG_MS);
      expect((await cluster.get('HorizontalPodAutoscaler', namespace, 'web')).spec).toMatchObject({ maxReplicas: 5 });
    });
    await bench.applied('web');
  });
});
