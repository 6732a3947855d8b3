import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren, type DesiredChild } from '../children/children.ts';
import { FIELD_MANAGER } from '../children/labels.ts';
import { FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { explain } from './explain.ts';

const DEFAULTS = { image: 'converter:1' };
let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** One of the resource, and one of each kind of child. */
const READS = 5;
const RECORD = 'temperature-converter.io/owner-generation';

/** A managedFields entry of the operator that owns the owner-generation annotation and the given fields of the spec. */
function ownApply(spec?: object): object {
  const metadata = { 'f:annotations': { [`f:${RECORD}`]: {} } };
  const fieldsV1 = { 'f:metadata': metadata, ...(spec === undefined ? {} : { 'f:spec': spec }) };
  return { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1 };
}

/** A live child: as desired and recorded for generation 3, with the given changes. */
function live(desired: DesiredChild, more: { metadata?: object; spec?: object; record?: string } = {}): object {
  const { record = 'u1/3' } = more;
  const annotations = { [RECORD]: record };
  const managedFields = [ownApply()];
  return {
    ...desired,
    metadata: { ...desired.metadata, uid: 'c1', resourceVersion: '1', annotations, managedFields, ...more.metadata },
    spec: Object.assign({}, desired.spec, more.spec),
  };
}

/** The output of `explain` for a resource with these children, keyed by the plural of their kind. */
async function explained(resource: TemperatureConverter, children: Record<string, object> = {}): Promise<string[]> {
  const explaining = explain({ namespace: 'blue', name: 'web' }, { client: server.client(), defaults: DEFAULTS });
  for (let reads = 0; reads < READS; reads += 1) {
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({ method: 'GET', query: { fieldSelector: 'metadata.name=web' } });
    const plural = exchange.request.path.split('/').at(-1) ?? '';
    const found = plural === 'temperatureconverters' ? resource : children[plural];
    exchange.answer(200, { metadata: { resourceVersion: '1' }, items: found === undefined ? [] : [found] });
  }
  const text = await explaining;
  expect(server.count).toBe(READS);
  return text.split('\n');
}

describe('explain', () => {
  const resource = exampleConverter();
  const applied = exampleConverter({ status: exampleStatus('Applied') });
  const desired = buildChildren(resource, DEFAULTS);

  it('says that the operator would create every child of a new resource', async () => {
    expect(await explained(resource)).toEqual([
      'TemperatureConverter blue/web',
      'Deployment web: does not exist and would be created',
      'Service web: does not exist and would be created',
      'HorizontalPodAutoscaler web: does not exist and would be created',
    ]);
  });

  it('lists the conditions of the resource and the children that are up to date', async () => {
    const children = {
      deployments: live(desired.Deployment),
      services: live(desired.Service),
      horizontalpodautoscalers: live(desired.HorizontalPodAutoscaler),
    };
    expect(await explained(applied, children)).toEqual([
      'TemperatureConverter blue/web',
      '  Reconciled=True (Applied): Message.',
      'Deployment web: up to date; no change',
      'Service web: up to date; no change',
      'HorizontalPodAutoscaler web: up to date; no change',
    ]);
  });

  it('lists each difference, and names the writer of the first', async () => {
    const managedFields = [
      ownApply({ 'f:externalName': {} }),
      { manager: 'helm', operation: 'Update', fieldsV1: {} },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:spec': { 'f:type': {} } } },
    ];
    const changes = { type: 'NodePort', selector: {}, externalName: 'x' };
    const service = live(desired.Service, { metadata: { managedFields }, spec: changes });
    const lines = await explained(resource, { services: service });
    const first = lines.indexOf('Service web: would be updated (changed by field manager "kubectl-edit"):');
    expect(lines.slice(first + 1, first + 4)).toEqual([
      '  spec.type: "NodePort" would become "ClusterIP"',
      `  spec.selector: ${JSON.stringify(desired.Service.spec.selector)} would be added`,
      '  spec.externalName: "x" would be removed',
    ]);
  });

  it.each([
    ['the spec changed', { record: 'u1/2' }],
    ["the operator's defaults changed", { metadata: { managedFields: [ownApply({ 'f:type': {} })] } }],
    ['changed by another client', {}],
  ])('says why a child would be updated: %s', async (why, more) => {
    const service = live(desired.Service, { ...more, spec: { type: 'NodePort' } });
    expect(await explained(resource, { services: service })).toContain(`Service web: would be updated (${why}):`);
  });

  it('says that a child without the owner-generation annotation would be updated', async () => {
    const service = live(desired.Service, { metadata: { annotations: {} } });
    expect(await explained(resource, { services: service })).toContain(
      '  metadata.annotations: {"temperature-converter.io/owner-generation":"u1/3"} would be added',
    );
  });

  it.each([
    ['already exists, has no controller', { ownerReferences: [], labels: {} }],
    ['is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ])('says that a child would not be changed, and why: it %s', async (why, metadata) => {
    const service = live(desired.Service, { metadata });
    expect(await explained(resource, { services: service })).toContainEqual(
      expect.stringContaining(`Service web: would not be changed. Service web ${why}`),
    );
  });

  it('says that a budget that the spec does not ask for would be deleted', async () => {
    const spec = { podDisruptionBudget: { maxUnavailable: 1 } };
    const { PodDisruptionBudget: budget } = buildChildren(exampleConverter({ spec }), DEFAULTS);
    if (budget === undefined) throw new Error('there is no budget');
    const found = live(budget);
    expect(await explained(resource, { poddisruptionbudgets: found })).toContain(
      'PodDisruptionBudget web: would be deleted, because the spec does not ask for it',
    );
  });

  it('does not mention a budget that the spec does not ask for and another object controls', async () => {
    const found = { metadata: { name: 'web', namespace: 'blue', uid: 'c1', resourceVersion: '1' } };
    expect((await explained(resource, { poddisruptionbudgets: found })).join()).not.toContain('PodDisruptionBudget');
  });

  it('says that a child that has lost its controller would be updated', async () => {
    const service = live(desired.Service, { metadata: { ownerReferences: [] } });
    expect(await explained(resource, { services: service })).toContainEqual(
      expect.stringMatching(/^ {2}metadata\.ownerReferences: .* would be added$/),
    );
  });

  it.each([
    ['Reconciliation is paused (spec.paused is true)', exampleConverter({ spec: { paused: true } })],
    ['The resource is being deleted', exampleConverter({ metadata: { deletionTimestamp: 'now' } })],
  ])('says that the operator makes no changes: %s', async (why, skipped) => {
    expect(await explained(skipped)).toContain(`${why}: the operator makes none of the changes below.`);
  });

  it('rejects if the resource does not exist', async () => {
    const explaining = explain({ namespace: 'blue', name: 'web' }, { client: server.client(), defaults: DEFAULTS });
    (await server.next()).answer(200, { metadata: { resourceVersion: '1' }, items: [] });
    await expect(explaining).rejects.toThrow('TemperatureConverter blue/web does not exist');
  });
});
