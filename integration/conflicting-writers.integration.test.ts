import { describe, expect, it } from '@jest/globals';
import { AdjustableServiceAccount } from './testing/adjustable-service-account.ts';
import { inShort, isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { DEFAULT_IMAGE, type RunningOperator } from './testing/running-operator.ts';

const STATUS = 'update temperatureconverters/web/status';
const ALL_CHILDREN = ['deployments', 'horizontalpodautoscalers', 'services'];

/** The interval of the conflicting writes, in the operator's time. */
const CONFLICT_INTERVAL_MS = 100;
const CONFLICT_SECONDS = 30;
const MAX_WRITES_PER_SECOND = 0.5;
/** The operator makes no further writes this long after the conflict ends. */
const QUIET_AFTER_MS = 30_000;

const environment = setUpTestEnvironment();

/** Repeats a conflicting write for the time of the conflict; resolves to the operator's writes. */
async function writeRepeatedly(
  operator: RunningOperator,
  change: (round: number) => Promise<unknown>,
): Promise<readonly string[]> {
  const before = (await operator.requests()).filter(isWrite).length;
  for (let round = 0; round < CONFLICT_SECONDS * (1000 / CONFLICT_INTERVAL_MS); round += 1) {
    await change(round);
    operator.clock.advance(CONFLICT_INTERVAL_MS);
    await operator.quiet(5);
  }
  return (await operator.requests()).filter(isWrite).slice(before).map(inShort);
}

/** Advances the clock past the end of the conflict, and asserts that the operator makes no write for another minute. */
async function expectQuiet(operator: RunningOperator): Promise<void> {
  for (let seconds = 0; seconds < QUIET_AFTER_MS / 1000; seconds += 1) {
    operator.clock.advance(1000);
    await operator.quiet(10);
  }
  await environment.applied('web');
  const { length } = await operator.writes();
  operator.clock.advance(60_000);
  await operator.idle();
  expect(await operator.writes()).toHaveLength(length);
}

async function startApplied(): Promise<RunningOperator> {
  const operator = await environment.startSynced();
  await environment.cluster.createConverter(environment.namespace, 'web');
  await environment.applied('web');
  await operator.idle();
  return operator;
}

describe('a writer that keeps', () => {
  it.each<[string, 'HorizontalPodAutoscaler' | 'Deployment' | 'Service', (round: number) => object, string]>([
    [
      'changing a field',
      'HorizontalPodAutoscaler',
      () => ({ spec: { maxReplicas: 9 } }),
      'field manager "another-writer" keeps changing spec.maxReplicas',
    ],
    [
      'changing a field to different values',
      'HorizontalPodAutoscaler',
      (round) => ({ spec: { maxReplicas: 6 + (round % 50) } }),
      'field manager "another-writer" keeps changing spec.maxReplicas',
    ],
    [
      'renumbering a port',
      'Service',
      () => ({ spec: { ports: [{ name: 'http', port: 81, protocol: 'TCP', targetPort: 'http' }] } }),
      'field manager "another-writer" keeps changing spec.ports[port=80,protocol=TCP]',
    ],
    [
      'removing a label',
      'Deployment',
      () => ({ metadata: { labels: { 'app.kubernetes.io/part-of': null } } }),
      'another client keeps changing metadata.labels["app.kubernetes.io/part-of"]',
    ],
    [
      'removing the owner reference',
      'Service',
      () => ({ metadata: { ownerReferences: null } }),
      'another client keeps changing metadata.ownerReferences',
    ],
    [
      "removing the operator's own annotation",
      'Service',
      () => ({ metadata: { annotations: { 'temperature-converter.io/owner-generation': null } } }),
      'another client keeps changing metadata.annotations',
    ],
  ])(
    '%s of a child causes at most one write every two seconds, is reported by name, and is repaired after it stops',
    async (_case, kind, change, reported) => {
      const { cluster, namespace } = environment;
      const operator = await startApplied();
      const before = await cluster.get(kind, namespace, 'web');
      const writes = await writeRepeatedly(operator, (round) =>
        cluster.patch([kind, namespace, 'web'], change(round), 'another-writer'),
      );
      const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
      expect(message).toContain(`${kind} web: ${reported}`);
      await environment.condition('web', 'Ready', { status: 'False', reason: 'Contested' });
      expect(writes.length).toBeGreaterThan(5);
      expect(writes.length).toBeLessThanOrEqual(CONFLICT_SECONDS * MAX_WRITES_PER_SECOND);
      // The status stays Contested while the field changes back and forth.
      expect(writes.filter((write) => write === STATUS)).toHaveLength(1);

      await expectQuiet(operator);
      const after = await cluster.get(kind, namespace, 'web');
      expect([after.spec, after.metadata.labels, after.metadata.ownerReferences]).toEqual([
        before.spec,
        before.metadata.labels,
        before.metadata.ownerReferences,
      ]);
    },
  );

  it('deleting a child causes at most one write every two seconds, is reported, and is repaired after it stops', async () => {
    const { cluster, namespace } = environment;
    const operator = await startApplied();
    const writes = await writeRepeatedly(operator, () => cluster.delete('Service', namespace, 'web'));
    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toContain('Service web is deleted repeatedly');
    expect(writes.length).toBeLessThanOrEqual(CONFLICT_SECONDS * MAX_WRITES_PER_SECOND);
    await expectQuiet(operator);
    await cluster.get('Service', namespace, 'web');
  });

  it.each<[string, (round: number) => object]>([
    ['a field', () => ({ url: 'http://elsewhere' })],
    ['a field, each time to another value', (round) => ({ url: `http://elsewhere-${round}` })],
    ['the status of a condition', () => ({ conditions: [] })],
  ])(
    'replacing %s of the status causes at most one write every two seconds, and is repaired after it stops',
    async (_case, status) => {
      const { cluster, namespace } = environment;
      const operator = await startApplied();
      const address = ['TemperatureConverter', namespace, 'web'] as const;
      const writes = await writeRepeatedly(operator, (round) => cluster.patchStatus(address, status(round)));
      expect(writes.length).toBeGreaterThan(5);
      expect(writes.length).toBeLessThanOrEqual(CONFLICT_SECONDS * MAX_WRITES_PER_SECOND);

      // A change of the spec is reported without delay.
      await cluster.patch(address, { spec: { service: { port: 81 } } });
      await environment.applied('web');
      await expectQuiet(operator);
      expect((await cluster.converter(namespace, 'web')).status?.url).toBe(`http://web.${namespace}.svc:81`);
    },
  );

  it('changing one field does not delay the repair of another', async () => {
    const { cluster, namespace } = environment;
    const operator = await startApplied();
    const address = ['HorizontalPodAutoscaler', namespace, 'web'] as const;
    for (let round = 0; round < 10; round += 1) {
      await cluster.patch(address, { spec: { maxReplicas: 9 } });
      await operator.quiet(5);
    }
    await environment.condition('web', 'Reconciled', { reason: 'Contested' });
    // The test no longer advances the clock, so that a delayed repair would miss the deadline.
    await cluster.patch(address, { spec: { minReplicas: 3 } });
    await eventually(async () => {
      expect((await cluster.get(...address)).spec).toMatchObject({ minReplicas: 1 });
    }, IMMEDIATE_MS);
    await cluster.delete('Service', namespace, 'web');
    await eventually(() => cluster.get('Service', namespace, 'web'), IMMEDIATE_MS);
  });
});

/** Shorter than the cooldown of a repair. */
const IMMEDIATE_MS = 4_000;

describe('an API server that rejects repairs', () => {
  it('is not reported as a conflicting writer', async () => {
    const { cluster, namespace } = environment;
    const proxy = await environment.startProxy();
    const operator = await environment.startSynced({ kubeConfig: proxy.kubeConfig });
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await operator.idle();
    let rejected = 0;
    proxy.fault = ({ verb, resource }) => {
      if (verb !== 'patch' || resource !== 'services' || rejected >= 8) return undefined;
      rejected += 1;
      return { type: 'answer', status: 503 };
    };
    await cluster.patch(['Service', namespace, 'web'], {
      spec: { ports: [{ name: 'http', port: 81, targetPort: 'http' }] },
    });
    await eventually(async () => {
      operator.clock.advance(1000);
      expect((await cluster.get('Service', namespace, 'web')).spec).toMatchObject({ ports: [{ port: 80 }] });
    });
    await environment.applied('web');
    expect(rejected).toBe(8);
    const events = await cluster.list<{ reason: string }>('Event', namespace);
    expect(events.map(({ reason }) => reason)).not.toContain('Contested');
  });
});

describe('two operators with different defaults in one namespace', () => {
  it.each([
    ['the image of the Deployment differs', 'other.example.com/converter:1.0.0', ['deployments']],
    ['the version label of each child differs', 'registry.example.com/converter:2.0.0', ALL_CHILDREN],
  ])('repair with a cooldown, and the status names the other instance: %s', async (_case, image, contested) => {
    const { cluster, namespace } = environment;
    const first = await startApplied();
    // Another field manager that owns an unrelated field.
    await cluster.patch(['Deployment', namespace, 'web'], { metadata: { annotations: { note: 'mine' } } });
    await first.idle();
    const before = (await first.writes()).length;
    const second = await environment.startSynced({ image });
    const reasons = await observeReasons([first, second]);

    const { message } = await environment.condition('web', 'Reconciled', { status: 'False', reason: 'Contested' });
    expect(message).toMatch(
      /^Deployment web: another instance of this operator, .* keeps changing .*(?:image|version)/,
    );
    expect(message).toContain('Run only one instance for each namespace');
    // The status stays Contested while the field changes back and forth.
    expect(new Set(reasons.slice(reasons.indexOf('Contested')))).toEqual(new Set(['Contested']));
    for (const [operator, earlier] of [[first, before] as const, [second, 0] as const]) {
      const writes = await countWrites(operator, earlier);
      for (const child of contested) expect(writes.get(`patch ${child}/web`)).toBeLessThanOrEqual(MAX_REPAIRS);
      expect(writes.get(STATUS) ?? 0).toBeLessThanOrEqual(2 * MAX_REPAIRS);
      const events = (writes.get('create events') ?? 0) + (writes.get('patch events') ?? 0);
      expect(events).toBeLessThanOrEqual(4);
    }

    await second.stop();
    await eventually(async () => {
      first.clock.advance(QUIET_AFTER_MS);
      const deployment = await cluster.get('Deployment', namespace, 'web');
      expect(JSON.stringify(deployment.spec)).toContain(DEFAULT_IMAGE);
      const { status } = await cluster.converter(namespace, 'web');
      expect(status?.conditions?.find(({ type }) => type === 'Reconciled')).toMatchObject({ reason: 'Applied' });
    });
  });

  it("do not overwrite each other's status when only one of them may write a child", async () => {
    const { namespace } = environment;
    const first = await startApplied();
    const before = (await first.writes()).length;
    const account = await AdjustableServiceAccount.create(environment.server, namespace);
    await account.revoke('deployments', 'patch');
    const image = 'other.example.com/converter:1.0.0';
    const second = await environment.startSynced({ image, kubeConfig: account.kubeConfig });
    await observeReasons([first, second]);

    expect((await countWrites(first, before)).get(STATUS)).toBeLessThanOrEqual(MAX_REPAIRS);
    const ofSecond = await countWrites(second, 0);
    expect(ofSecond.get(STATUS)).toBeLessThanOrEqual(1 + MAX_REPAIRS);
    const { message } = await environment.condition('web', 'Reconciled', {});
    expect(message).toMatch(/cannot patch resource "deployments"|match the spec/);
  });
});

/** The repairs of one field in two minutes of conflict: four immediately, then one every five seconds. */
const MAX_REPAIRS = 4 + 120 / 5 + 2;

/** Advances the operators' clocks by two minutes and returns the observed reasons of the Reconciled condition. */
async function observeReasons(operators: readonly RunningOperator[]): Promise<readonly (string | undefined)[]> {
  const reasons: (string | undefined)[] = [];
  for (let seconds = 0; seconds < 120; seconds += 5) {
    await Promise.all(operators.map((operator) => operator.quiet(60)));
    const { status } = await environment.cluster.converter(environment.namespace, 'web');
    reasons.push(status?.conditions?.find(({ type }) => type === 'Reconciled')?.reason);
    for (const { clock } of operators) clock.advance(5000);
  }
  return reasons;
}

/** Counts an operator's writes by their short form, without the first `earlier`. */
async function countWrites(operator: RunningOperator, earlier: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const request of (await operator.requests()).filter(isWrite).slice(earlier)) {
    const write = inShort(request);
    counts.set(write, (counts.get(write) ?? 0) + 1);
  }
  return counts;
}
