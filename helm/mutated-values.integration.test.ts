import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError } from '../controller-runtime/client/errors.ts';
import { mapConcurrently } from '../integration/testing/map-concurrently.ts';
import { CommandFailedError } from '../local-cluster/process/run-command.ts';
import { readValueDescriptions } from '../scripts/generate-values-reference.ts';
import { ALL_FEATURES, ALL_MONITORING } from './all-features.ts';
import { installMonitoringDefinitions } from './monitoring-definitions.ts';
import { describeObject, type RenderedObject, renderChart, type Values } from './render-chart.ts';
import { HELM_TIMEOUT_MS, START_TIMEOUT_MS, startTestApiServer, type TestApiServer } from './test-api-server.ts';

/** Values of each type that are at a limit, or wrong in most places. */
const MUTATIONS: Readonly<Record<string, readonly unknown[]>> = {
  string: ['', 'x', '-x', 'a b', 'X', 'x.y', 'x/y', 'x'.repeat(64), 'x'.repeat(254)],
  number: [-1, 0, 1, 70_000, 2 ** 31, 2 ** 53, 1.5],
  boolean: [true, false],
  list: [
    [],
    [''],
    ['x'],
    [{}],
    [{ name: 'x' }, { name: 'x' }],
    [{ key: 'x' }, { key: 'x' }],
    [{ ports: [{ port: 0 }] }],
  ],
  map: [
    {},
    { 'a b': 'c' },
    { a: '-' },
    { a: '' },
    { a: 'b' },
    { ['x'.repeat(64)]: '' },
    { 'X/y': 'z' },
    { runAsUser: 0 },
  ],
};

const described = readValueDescriptions();
const EVERYTHING = merge(ALL_FEATURES, ALL_MONITORING);

let cluster: TestApiServer;
let usual: ReadonlySet<string>;

beforeAll(async () => {
  cluster = await startTestApiServer();
  await cluster.applyCrd();
  await cluster.waitForCrd();
  await installMonitoringDefinitions(cluster);
  // A cluster with controllers creates it.
  await cluster.kubectl('create', 'serviceaccount', 'default', '-n', 'default');
  usual = new Set((await render(EVERYTHING)).map((object) => JSON.stringify(object)));
}, START_TIMEOUT_MS);

afterAll(() => cluster.stop());

function render(values: Values): Promise<readonly RenderedObject[]> {
  // A namespace without a Pod Security Standard.
  return renderChart(values, { namespace: 'default' });
}

/** A deep merge, in which the second argument takes precedence. */
function merge(base: unknown, over: unknown): Values {
  const merged: Record<string, unknown> = { ...asMap(base) };
  for (const [key, value] of Object.entries(asMap(over))) {
    merged[key] = isMap(value) && isMap(merged[key]) ? merge(merged[key], value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asMap(value: unknown): Values {
  return isMap(value) ? value : {};
}

/** The default values with one of them replaced, not merged. */
function withValue(path: string, value: unknown): Values {
  const [key = '', ...rest] = path.split('.');
  const replace = (values: Values, [name = '', ...below]: readonly string[]): Values => ({
    ...values,
    [name]: below.length === 0 ? value : replace(asMap(values[name]), below),
  });
  return replace(EVERYTHING, [key, ...rest]);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isMap(value)) return 'map';
  return value === null ? 'number' : typeof value;
}

/** The objects that the values render, or nothing if the chart refuses the values. */
async function renderIfAccepted(values: Values): Promise<readonly RenderedObject[]> {
  try {
    return await render(values);
  } catch (error) {
    if (error instanceof CommandFailedError) return [];
    throw error;
  }
}

/** Rejections that depend on other objects of the cluster, which Helm cannot see. */
const DEPENDS_ON_THE_CLUSTER = /no PriorityClass with name|namespaces \\?"x\\?" not found/u;

/** Why the API server rejects an object when Helm 4 applies it; undefined if it accepts it. */
async function rejectionOf(object: RenderedObject): Promise<string | undefined> {
  try {
    await cluster.apiServer.client.send({
      method: 'PATCH',
      path: pathOf(object),
      query: { dryRun: 'All', fieldManager: 'helm', fieldValidation: 'Strict', force: 'true' },
      body: object,
      bodyType: 'application/apply-patch+yaml',
    });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && DEPENDS_ON_THE_CLUSTER.test(error.message)) return undefined;
    if (error instanceof ApiError) return `${describeObject(object)}: ${error.message}`;
    throw error;
  }
}

function pathOf({ apiVersion, kind, metadata }: RenderedObject): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespaced = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const plural = `${kind.toLowerCase().replace(/y$/u, 'ie')}s`;
  return `${root}${namespaced}/${plural}/${metadata.name}`;
}

/** Each mutation of a value that the chart accepts and the API server rejects. */
async function acceptedByTheChartOnly(path: string, mutations: readonly unknown[]): Promise<readonly string[]> {
  const findings = await mapConcurrently([...mutations, null], async (value) => {
    const objects = await renderIfAccepted(withValue(path, value));
    const changed = objects.filter((object) => !usual.has(JSON.stringify(object)));
    const rejections = await Promise.all(changed.map(rejectionOf));
    return rejections.flatMap((rejection) =>
      rejection === undefined ? [] : [`${path}=${JSON.stringify(value)}: ${rejection}`],
    );
  });
  return findings.flat();
}

describe('whatever the API server rejects', () => {
  it(
    'is not in the values that all these mutations begin with',
    async () => {
      const rejections = await Promise.all((await render(EVERYTHING)).map(rejectionOf));
      expect(rejections.filter((rejection) => rejection !== undefined)).toEqual([]);
    },
    HELM_TIMEOUT_MS,
  );

  it.each(described.map(({ path, defaultValue }) => [path, defaultValue]))(
    'is refused by the chart first: %s',
    async (path, defaultValue) => {
      // SAFETY: the table above.
      const mutations = MUTATIONS[typeOf(defaultValue)] ?? [];
      expect(mutations).not.toEqual([]);
      expect(await acceptedByTheChartOnly(String(path), mutations)).toEqual([]);
    },
    HELM_TIMEOUT_MS,
  );
});
