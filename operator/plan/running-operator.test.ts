import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import { type DeployedOperator, findOperators } from './running-operator.ts';

const { signal } = new AbortController();
let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start();
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** What is found of a Deployment with this container. */
async function found(container: object): Promise<readonly DeployedOperator[] | undefined> {
  const finding = findOperators(server.client(), signal);
  const metadata = { name: 'operator', namespace: 'system', labels: { 'app.kubernetes.io/version': '1.2.3' } };
  const deployment = { metadata, spec: { template: { spec: { containers: [{ name: 'operator', ...container }] } } } };
  const exchange = await server.next();
  expect(exchange.request.query).toEqual({
    labelSelector: 'app.kubernetes.io/part-of=temperature-converter,app.kubernetes.io/component=operator',
  });
  exchange.answer(200, { metadata: { resourceVersion: '1' }, items: [deployment] });
  return finding;
}

const VARIABLES = [
  { name: 'CONVERTER_IMAGE', value: 'converter:1' },
  { name: 'WATCH_NAMESPACES', value: 'blue,green' },
  { name: 'LEADER_ELECT', value: 'true' },
  { name: 'POD_NAMESPACE', valueFrom: {} },
];

describe('findOperators', () => {
  it('finds the image and the namespaces in the variables of the chart', async () => {
    expect(await found({ args: ['run'], env: VARIABLES })).toEqual([
      {
        namespace: 'system',
        name: 'operator',
        converterImage: 'converter:1',
        watchNamespaces: ['blue', 'green'],
        version: '1.2.3',
      },
    ]);
  });

  it('finds them in the flags, which take precedence', async () => {
    const args = ['run', '--converter-image=converter:2', '--watch-namespaces', 'red'];
    expect(await found({ args, env: VARIABLES })).toMatchObject([
      { converterImage: 'converter:2', watchNamespaces: ['red'] },
    ]);
  });

  it.each([
    ['that has no image', { env: [] }],
    ['with a flag that it refuses', { env: VARIABLES, args: ['run', '--workers=none'] }],
    ['with another container', { name: 'other', env: VARIABLES }],
  ])('leaves out an operator %s', async (_title, container) => {
    expect(await found(container)).toEqual([]);
  });

  it('resolves to undefined if the user may not list Deployments in all namespaces', async () => {
    const finding = findOperators(server.client(), signal);
    (await server.next()).answer(403, { reason: 'Forbidden', message: 'forbidden' });
    expect(await finding).toBeUndefined();
  });
});
