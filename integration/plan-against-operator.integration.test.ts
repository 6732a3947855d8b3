import { isDeepStrictEqual } from 'node:util';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { constantFrom, option, record, sample } from 'fast-check';
import type { TemperatureConverter } from '../operator/api/temperature-converter.ts';
import { CHILD_KINDS } from '../operator/caches.ts';
import { buildChildren } from '../operator/children/children.ts';
import type { ChildKind } from '../operator/children/child.ts';
import type { ChildReport, ConverterPlan } from '../operator/plan/converter-plan.ts';
import { diffObjects } from '../operator/plan/displayed-object.ts';
import { ApiError } from '../controller-runtime/client/errors.ts';
import { controllerOf } from '../controller-runtime/object/object.ts';
import { createServiceAccount } from './testing/chart-service-account.ts';
import type { LiveObject } from './testing/cluster.ts';
import { type Drift, DRIFT } from './testing/drifts.ts';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { generateSpecs, type RandomSpec } from './testing/random-specs.ts';
import { createViewer, planWith, plansOf } from './testing/run-plan.ts';
import { DEFAULT_IMAGE } from './testing/running-operator.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

/** Set PLAN_PAIRS and PLAN_SEED to run more of them, or those of an earlier run. */
const PAIRS = Number(process.env['PLAN_PAIRS'] ?? 500);
const SEED = Number(process.env['PLAN_SEED'] ?? Date.now() % 1_000_000_000);
const ROUNDS = 2;
const TIMEOUT_MS = 400_000;

const SHOWN = 1;
const DENIED_IMAGE = 'registry.example.com/denied:1';
/** Low node ports are not allocated to other Services. */
const FIRST_NODE_PORT = 30_000;
const NODE_PORTS = 80;
/** What only the API server finds. */
const UNFORESEEABLE = ['Denied', 'Invalid', 'AllocationFailed'];

const environment = setUpTestEnvironment();

/** More fields than those of generateSpecs. */
const MORE = record(
  {
    podDisruptionBudget: constantFrom({ maxUnavailable: 1 }, { maxUnavailable: '50%' }),
    commonLabels: constantFrom({ team: 'blue' }, { team: 'green', tier: 'web' }),
    commonAnnotations: constantFrom({ note: 'x' }),
    paused: constantFrom(false, false, false, true),
    image: constantFrom(DENIED_IMAGE, 'registry.example.com/a:2'),
    service: record({
      port: constantFrom(80, 8080),
      type: constantFrom('LoadBalancer'),
      sessionAffinity: option(constantFrom('ClientIP', 'None'), { nil: undefined }),
      externalTrafficPolicy: option(constantFrom('Local', 'Cluster'), { nil: undefined }),
      loadBalancerClass: option(constantFrom('example.com/a', 'example.com/b'), { nil: undefined }),
    }),
  },
  { requiredKeys: [] },
);

interface Pair {
  readonly name: string;
  readonly before: RandomSpec;
  readonly after: RandomSpec;
  readonly drift: Drift;
  /** Whether the spec after is planned from a file, before it is applied. */
  readonly isFile: boolean;
}

function generatePairs(count: number, seed: number): readonly Pair[] {
  const more = sample(MORE, { numRuns: count * 2, seed });
  // A third of the specs stays as generateSpecs makes them.
  const specs = generateSpecs(count * 2, seed).map((spec, index) =>
    JSON.parse(JSON.stringify({ ...spec, ...(index % 3 === 0 ? {} : more[index]) })),
  );
  const drifts = sample(DRIFT, { numRuns: count, seed });
  return drifts.map((drift, index) => ({
    name: `web-${String(index).padStart(3, '0')}`,
    before: withNodePort({ ...specs[index * 2], paused: false }, index),
    // A third keeps its spec: there is only the drift.
    after: withNodePort(index % 3 === 1 ? { ...specs[index * 2], paused: false } : specs[index * 2 + 1], index),
    drift,
    isFile: index % 2 === 0,
  }));
}

function withNodePort(spec: RandomSpec, index: number): RandomSpec {
  if (spec.service?.nodePort !== 0) return spec;
  const { nodePort: _placeholder, ...service } = spec.service;
  const port = index < NODE_PORTS ? { nodePort: FIRST_NODE_PORT + index } : {};
  return { ...spec, service: { ...service, ...port } };
}

/** Where the plan and the operator disagree. */
interface Mistake {
  readonly title: string;
  readonly pair: Pair;
  readonly said: unknown;
  readonly was: unknown;
}

type Snapshot = Readonly<Record<ChildKind, ReadonlyMap<string, LiveObject>>>;

async function takeSnapshot(namespace: string): Promise<Snapshot> {
  const lists = await Promise.all(
    CHILD_KINDS.map(async (kind) => {
      const objects = await environment.cluster.list(kind, namespace);
      return [kind, new Map(objects.map((object) => [object.metadata.name, object]))] as const;
    }),
  );
  // SAFETY: one entry per kind.
  return Object.fromEntries(lists) as unknown as Snapshot;
}

/** What the operator did to a child. */
function actionOf(before: LiveObject | undefined, after: LiveObject | undefined): ChildReport['action'] {
  if (before === undefined) return after === undefined ? 'unchanged' : 'created';
  const isDeleted = before.metadata.deletionTimestamp === undefined && after?.metadata.deletionTimestamp !== undefined;
  if (after === undefined || isDeleted) return 'deleted';
  if (after.metadata.resourceVersion === before.metadata.resourceVersion) return 'unchanged';
  return controllerOf(before) === undefined ? 'adopted' : 'changed';
}

/** The plan as it should have been, by what the operator did. */
function whatHappened(
  plan: ConverterPlan,
  { resource, before, after }: { resource: TemperatureConverter; before: Snapshot; after: Snapshot },
): unknown {
  const desired = buildChildren(resource, { image: DEFAULT_IMAGE });
  const reconciled = resource.status?.conditions?.find(({ type }) => type === 'Reconciled');
  const children = CHILD_KINDS.map((kind) => {
    const [left, right] = [before[kind].get(plan.name), after[kind].get(plan.name)];
    const action = actionOf(left, right);
    const hasDiff = action === 'created' || action === 'changed' || action === 'adopted';
    const [oldTemplate, newTemplate] = [left?.spec?.['template'], right?.spec?.['template']];
    return {
      kind,
      action,
      diff:
        hasDiff && plan.children.find((child) => child.kind === kind)?.tried !== false
          ? diffObjects(desired[kind] ?? { apiVersion: '', kind }, left, right)
          : undefined,
      replacesPods:
        left !== undefined && right?.spec?.['paused'] !== true && !isDeepStrictEqual(oldTemplate, newTemplate),
    };
  });
  return { children, isReconciled: reconciled?.status === 'True' };
}

function whatWasPlanned(plan: ConverterPlan): unknown {
  const isSkipped = plan.outcome === 'paused' || plan.outcome === 'deleting' || plan.message !== undefined;
  const children = CHILD_KINDS.map((kind) => {
    const child = isSkipped ? undefined : plan.children.find((candidate) => candidate.kind === kind);
    const action = child?.action ?? 'unchanged';
    return {
      kind,
      action: action === 'blocked' ? 'unchanged' : action,
      // What takes several requests is computed: it lacks defaults of the API server.
      diff: child?.tried === true ? child.diff : undefined,
      replacesPods: child?.replacesPods ?? false,
    };
  });
  const isBlocked = !isSkipped && plan.children.some(({ action }) => action === 'blocked');
  return { children, isReconciled: !isSkipped && !isBlocked };
}

/** What a plan of a user with read rights only must have in common with one whose writes were tried. */
function foreseeable({ name, outcome, children }: ConverterPlan, known: ConverterPlan): unknown {
  const isUnforeseeable = (kind: ChildKind): boolean =>
    known.children.some((child) => child.kind === kind && UNFORESEEABLE.includes(child.reason ?? ''));
  return {
    name,
    outcome: known.children.some(({ kind }) => isUnforeseeable(kind)) ? undefined : outcome,
    children: children
      .filter(({ kind }) => !isUnforeseeable(kind))
      .map(({ kind, action, fields, replacesPods, reason, message }) => ({
        kind,
        action,
        fields,
        replacesPods,
        reason,
        message,
      })),
  };
}

async function denyImage(): Promise<void> {
  const { cluster } = environment;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = 'denied-image';
  await cluster.create({
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
        ],
      },
      validations: [{ expression: `!object.spec.template.spec.containers.exists(c, c.image == "${DENIED_IMAGE}")` }],
    },
  });
  const spec = { policyName: name, validationActions: ['Deny'] };
  await cluster.create({ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec });
}

/** Applies the spec after as `kubectl apply` does. Resolves to whether the API server accepted it. */
async function applyManifest(namespace: string, { name, after }: Pair): Promise<boolean> {
  try {
    await environment.cluster.patch(['TemperatureConverter', namespace, name], { spec: after });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return false;
    throw error;
  }
}

describe(`plan, for each of ${PAIRS} pairs of specs with a drift between them (PLAN_SEED=${SEED})`, () => {
  it(
    'says what the operator then does, to every child',
    async () => {
      const { cluster, server } = environment;
      await denyImage();
      const viewer = await createViewer(server, await createServiceAccount(cluster, environment.namespace));
      const image = ['--converter-image', DEFAULT_IMAGE, '-o', 'json'];
      const counts = new Map<string, number>();
      const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);
      for (let round = 0; round < ROUNDS; round += 1) {
        const namespace = await cluster.createNamespace();
        const pairs = generatePairs(Math.ceil(PAIRS / ROUNDS), SEED + round);
        await mapConcurrently(pairs, ({ name, before }) => cluster.createConverter(namespace, name, before));
        const first = await environment.startSynced({ watchNamespaces: [namespace] });
        await first.idle();
        await first.stop();
        await mapConcurrently(pairs, async ({ name, after, drift, isFile }) => {
          await drift.make(cluster, namespace, name);
          const address = ['TemperatureConverter', namespace, name] as const;
          if (!isFile) await cluster.edit(address, (object) => ({ ...object, spec: after }));
        });

        const directory = join(server.directory, namespace);
        await mkdir(directory);
        const files = pairs.filter(({ isFile }) => isFile);
        await Promise.all(
          files.map(({ name, after }) => {
            const { apiVersion, kind } = { apiVersion: 'temperature-converter.io/v1', kind: 'TemperatureConverter' };
            const manifest = { apiVersion, kind, metadata: { name, namespace }, spec: after };
            return writeFile(join(directory, `${name}.json`), JSON.stringify(manifest));
          }),
        );
        const planAll = async (kubeconfig: string): Promise<ReadonlyMap<string, ConverterPlan>> => {
          const fromFiles = plansOf(await planWith(kubeconfig, ['-f', directory, ...image]));
          const live = plansOf(await planWith(kubeconfig, ['--all', '-n', namespace, ...image]));
          const isFile = new Set(files.map(({ name }) => name));
          const plans = [...live.filter(({ name }) => !isFile.has(name)), ...fromFiles];
          return new Map(plans.map((plan) => [plan.name, plan]));
        };
        const predicted = await planAll(viewer);
        const planned = await planAll(server.apiServer.kubeconfigPath);
        const before = await takeSnapshot(namespace);
        const accepted = new Map(
          await mapConcurrently(files, async (pair) => [pair.name, await applyManifest(namespace, pair)] as const),
        );

        const operator = await environment.startSynced({ watchNamespaces: [namespace] });
        await operator.idle();
        await operator.stop();
        const after = await takeSnapshot(namespace);
        const resources = await cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
        expect(resources).toHaveLength(pairs.length);
        const mistakes: Mistake[] = [];
        for (const pair of pairs) {
          const { name, drift } = pair;
          const plan = planned.get(name);
          const resource = resources.find(({ metadata }) => metadata.name === name);
          if (plan === undefined || resource === undefined) throw new Error(`${name} was not planned`);
          count(plan.outcome);
          for (const { kind, action, tried } of plan.children) count(`${kind} ${action}${tried ? '' : ', computed'}`);
          const title = `${name} after ${drift.title}`;
          expect({ title, isAccepted: plan.outcome !== 'failed' }).toEqual({
            title,
            isAccepted: accepted.get(name) ?? true,
          });
          if (plan.outcome === 'failed') continue;
          const prediction = predicted.get(name);
          if (prediction === undefined) throw new Error(`${name} was not predicted`);
          const wrong = [
            [whatWasPlanned(plan), whatHappened(plan, { resource, before, after })],
            [foreseeable(prediction, plan), foreseeable(plan, plan)],
          ].filter(([said, was]) => !isDeepStrictEqual(said, was));
          mistakes.push(...wrong.map(([said, was]) => ({ title, pair, said, was })));
        }
        for (const { said, was, pair } of mistakes.slice(0, SHOWN))
          expect({ pair, plan: said }).toEqual({ pair, plan: was });
        expect(mistakes.map(({ title }) => title)).toEqual([]);
      }
      process.stdout.write(`plans by outcome: ${JSON.stringify(Object.fromEntries(counts))}\n`);
    },
    TIMEOUT_MS,
  );
});
