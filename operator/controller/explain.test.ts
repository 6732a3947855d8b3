import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exampleConverter, exampleStatus } from '../api/example-converter.ts';
import type { TemperatureConverter } from '../api/temperature-converter.ts';
import { buildChildren, type DesiredChild } from '../domain/children.ts';
import { HandDrivenServer } from '../kube/hand-driven-server.ts';
import { explain } from './explain.ts';

const DEFAULTS = { image: 'converter:1' };
let server: HandDrivenServer;

beforeEach(async () => {
  server = await HandDrivenServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** A child as the server has it: as it is wanted, with what is changed in it. */
function live(desired: DesiredChild, more: { metadata?: object; spec?: object } = {}): object {
  return {
    ...desired,
    metadata: { ...desired.metadata, uid: 'c1', resourceVersion: '1', ...more.metadata },
    spec: Object.assign({}, desired.spec, more.spec),
  };
}

/** What is told of a resource when there are these children, by the plural of their kind. */
async function explained(resource: TemperatureConverter, children: Record<string, object> = {}): Promise<string[]> {
  const telling = explain({ namespace: 'blue', name: 'web' }, { client: server.client(), defaults: DEFAULTS });
  for (let reads = 0; reads < 4; reads += 1) {
    const exchange = await server.next();
    expect(exchange.request).toMatchObject({ method: 'GET', query: { fieldSelector: 'metadata.name=web' } });
    const plural = exchange.request.path.split('/').at(-1) ?? '';
    const found = plural === 'temperatureconverters' ? resource : children[plural];
    exchange.answer(200, { metadata: { resourceVersion: '1' }, items: found === undefined ? [] : [found] });
  }
  const text = await telling;
  expect(server.count).toBe(4);
  return text.split('\n');
}

describe('explain', () => {
  const resource = exampleConverter();
  const applied = exampleConverter({ status: exampleStatus('Applied') });
  const desired = buildChildren(resource, DEFAULTS);

  it('tells of a new resource that everything would be created', async () => {
    expect(await explained(resource)).toEqual([
      'TemperatureConverter blue/web',
      'Deployment web: is missing and would be created',
      'Service web: is missing and would be created',
      'HorizontalPodAutoscaler web: is missing and would be created',
    ]);
  });

  it('tells its conditions, and what is as it should be', async () => {
    const children = {
      deployments: live(desired.Deployment),
      services: live(desired.Service),
      horizontalpodautoscalers: live(desired.HorizontalPodAutoscaler),
    };
    expect(await explained(applied, children)).toEqual([
      'TemperatureConverter blue/web',
      '  Reconciled=True (Applied): It is.',
      'Deployment web: as desired; nothing to do',
      'Service web: as desired; nothing to do',
      'HorizontalPodAutoscaler web: as desired; nothing to do',
    ]);
  });

  it('tells each difference, and who made it', async () => {
    const managedFields = [
      {
        manager: 'temperature-converter-operator',
        operation: 'Apply',
        fieldsV1: { 'f:spec': { 'f:externalName': {} } },
      },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: {} },
    ];
    const changes = { type: 'NodePort', selector: {}, externalName: 'x' };
    const service = live(desired.Service, { metadata: { managedFields }, spec: changes });
    expect(await explained(applied, { services: service })).toEqual(
      expect.arrayContaining([
        'Service web: would be written (changed by field manager "kubectl-edit"):',
        '  spec.type: "NodePort" would become "ClusterIP"',
        `  spec.selector: ${JSON.stringify(desired.Service.spec.selector)} would be added`,
        '  spec.externalName: "x" would be removed',
      ]),
    );
  });

  it.each([
    ['the spec has changed', resource],
    ["the operator's defaults have changed", applied],
  ])('says when %s', async (why, of) => {
    const service = live(desired.Service, { spec: { type: 'NodePort' } });
    expect(await explained(of, { services: service })).toContain(`Service web: would be written (${why}):`);
  });

  it('says what would be left alone, and why', async () => {
    const service = live(desired.Service, { metadata: { ownerReferences: [] } });
    expect(await explained(resource, { services: service })).toContainEqual(
      expect.stringMatching(/^Service web: would be left alone\. Service web exists and is controlled by nobody/),
    );
  });

  it.each([
    ['paused', exampleConverter({ spec: { paused: true } })],
    ['being deleted', exampleConverter({ metadata: { deletionTimestamp: 'now' } })],
  ])('says that nothing is done for a resource that is %s', async (state, of) => {
    expect(await explained(of)).toContain(`It is ${state}: the operator does nothing of what follows.`);
  });

  it('rejects when there is no such resource', async () => {
    const telling = explain({ namespace: 'blue', name: 'web' }, { client: server.client(), defaults: DEFAULTS });
    (await server.next()).answer(200, { metadata: { resourceVersion: '1' }, items: [] });
    await expect(telling).rejects.toThrow('there is no TemperatureConverter web in namespace blue');
  });
});
