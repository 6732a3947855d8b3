import { isDeepStrictEqual } from 'node:util';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { API_VERSION, KIND, type TemperatureConverter } from '../operator/api/temperature-converter.ts';
import type { ConverterPlan } from '../operator/plan/converter-plan.ts';
import { ApiError } from '../controller-runtime/client/errors.ts';
import { createServiceAccount } from './testing/chart-service-account.ts';
import { mapConcurrently } from './testing/map-concurrently.ts';
import { foreseeable, type Snapshot, takeSnapshot, whatHappened, whatWasPlanned } from './testing/plan-outcome.ts';
import { DENIED_IMAGE, generatePairs, type Pair } from './testing/plan-pairs.ts';
import { createViewer, planWith, plansOf } from './testing/run-plan.ts';
import { DEFAULT_IMAGE } from './testing/running-operator.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';

/** Set PLAN_PAIRS and PLAN_SEED to compare more of them, or those of an earlier run. */
const PAIRS = Number(process.env['PLAN_PAIRS'] ?? 500);
const SEED = Number(process.env['PLAN_SEED'] ?? Date.now() % 1_000_000_000);
const ROUNDS = 2;
const TIMEOUT_MS = 400_000;
/** How many disagreements are printed in full. */
const SHOWN = 1;

const environment = setUpTestEnvironment();

type Plans = ReadonlyMap<string, ConverterPlan>;

/** Has an operator reconcile all converters of a namespace. */
async function reconcile(namespace: string): Promise<void> {
  const operator = await environment.startSynced({ watchNamespaces: [namespace] });
  await operator.idle();
  await operator.stop();
}

/** Brings the converters of a namespace to the spec before, then drifts, and the spec after, apart from what is in files. */
async function prepare(namespace: string, pairs: readonly Pair[]): Promise<void> {
  const { cluster } = environment;
  await mapConcurrently(pairs, ({ name, before }) => cluster.createConverter(namespace, name, before));
  await reconcile(namespace);
  await mapConcurrently(pairs, async ({ name, after, drift, isFile }) => {
    await drift.make(cluster, namespace, name);
    if (!isFile) {
      await cluster.edit(['TemperatureConverter', namespace, name], (object) => ({ ...object, spec: after }));
    }
  });
}

/** Writes the specs after that are planned from files. Returns their directory. */
async function writeManifests(namespace: string, pairs: readonly Pair[]): Promise<string> {
  const directory = join(environment.server.directory, namespace);
  await mkdir(directory);
  for (const { name, after, isFile } of pairs) {
    const manifest = { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec: after };
    if (isFile) await writeFile(join(directory, `${name}.json`), JSON.stringify(manifest));
  }
  return directory;
}

/** Plans all converters of a namespace, those with a file from the file. */
async function planAll(kubeconfig: string, namespace: string, directory: string): Promise<Plans> {
  const flags = ['--converter-image', DEFAULT_IMAGE, '-o', 'json'];
  const live = plansOf(await planWith(kubeconfig, ['--all', '-n', namespace, ...flags]));
  const fromFiles = plansOf(await planWith(kubeconfig, ['-f', directory, ...flags]));
  return new Map([...live, ...fromFiles].map((plan) => [plan.name, plan]));
}

/** Applies the spec after as `kubectl apply` does. Resolves to whether the API server accepted it. */
async function applyManifest(namespace: string, { name, after, isFile }: Pair): Promise<boolean> {
  if (!isFile) return true;
  try {
    await environment.cluster.patch(['TemperatureConverter', namespace, name], { spec: after });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return false;
    throw error;
  }
}

/** Where two things that are to agree do not. */
interface Disagreement {
  readonly pair: Pair;
  readonly plan: unknown;
  readonly operator: unknown;
}

function disagreements(
  pair: Pair,
  { plan, prediction, isAccepted }: { plan: ConverterPlan; prediction: ConverterPlan; isAccepted: boolean },
  cluster: { resource: TemperatureConverter; before: Snapshot; after: Snapshot },
): readonly Disagreement[] {
  const isPlannable = plan.outcome !== 'failed';
  const compared = [
    [isPlannable, isAccepted],
    ...(isPlannable && isAccepted ? [[whatWasPlanned(plan), whatHappened(plan, cluster)]] : []),
    ...(isPlannable ? [[foreseeable(prediction, plan), foreseeable(plan, plan)]] : []),
  ];
  return compared
    .filter(([said, was]) => !isDeepStrictEqual(said, was))
    .map(([said, was]) => ({ pair, plan: said, operator: was }));
}

async function denyImage(): Promise<void> {
  const { cluster } = environment;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = 'denied-image';
  const deployments = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
  await cluster.create({
    apiVersion,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [{ ...deployments, operations: ['CREATE', 'UPDATE'] }] },
      validations: [{ expression: `!object.spec.template.spec.containers.exists(c, c.image == "${DENIED_IMAGE}")` }],
    },
  });
  const spec = { policyName: name, validationActions: ['Deny'] };
  await cluster.create({ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec });
}

describe(`plan, for each of ${PAIRS} pairs of specs with a drift between them (PLAN_SEED=${SEED})`, () => {
  const counts = new Map<string, number>();
  const count = (what: string): unknown => counts.set(what, (counts.get(what) ?? 0) + 1);

  async function compareRound(viewer: string, pairs: readonly Pair[]): Promise<readonly Disagreement[]> {
    const { cluster, server } = environment;
    const namespace = await cluster.createNamespace();
    await prepare(namespace, pairs);
    const directory = await writeManifests(namespace, pairs);
    const predictions = await planAll(viewer, namespace, directory);
    const plans = await planAll(server.apiServer.kubeconfigPath, namespace, directory);
    const before = await takeSnapshot(cluster, namespace);
    const accepted = await mapConcurrently(pairs, (pair) => applyManifest(namespace, pair));
    await reconcile(namespace);
    const after = await takeSnapshot(cluster, namespace);
    const resources = await cluster.list<TemperatureConverter>('TemperatureConverter', namespace);
    return pairs.flatMap((pair, index) => {
      const [plan, prediction] = [plans.get(pair.name), predictions.get(pair.name)];
      const resource = resources.find(({ metadata }) => metadata.name === pair.name);
      if (plan === undefined || prediction === undefined || resource === undefined) {
        throw new Error(`${pair.name} was not planned`);
      }
      count(plan.outcome);
      for (const { kind, action, tried } of plan.children) count(`${kind} ${action}${tried ? ', tried' : ''}`);
      const isAccepted = accepted[index] ?? false;
      return disagreements(pair, { plan, prediction, isAccepted }, { resource, before, after });
    });
  }

  it(
    'says what the operator then does, to every child',
    async () => {
      const { cluster, server, namespace } = environment;
      await denyImage();
      const viewer = await createViewer(server, await createServiceAccount(cluster, namespace));
      for (let round = 0; round < ROUNDS; round += 1) {
        const wrong = await compareRound(viewer, generatePairs(Math.ceil(PAIRS / ROUNDS), SEED + round));
        for (const { pair, plan, operator } of wrong.slice(0, SHOWN)) {
          expect({ pair, plan }).toEqual({ pair, plan: operator });
        }
        expect(wrong.map(({ pair }) => `${pair.name} after ${pair.drift.title}`)).toEqual([]);
      }
      process.stdout.write(
        `planned: ${JSON.stringify(Object.fromEntries([...counts].toSorted(([one], [other]) => one.localeCompare(other))), undefined, 1)}\n`,
      );
    },
    TIMEOUT_MS,
  );
});
