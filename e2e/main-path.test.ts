import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';

describe('kubectl apply of a TemperatureConverter', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-main-path');
  });
  afterAll(() => installation.remove());

  it.each([
    ['samples/minimal.yaml', 'minimal', 80],
    ['samples/another-port.yaml', 'another-port', 9090],
    ['samples/everything.yaml', 'everything', 8080],
  ])('%s becomes ready and serves conversions', async (file, name, port) => {
    const { kubectl, namespace } = installation;
    await kubectl('apply', '-n', namespace, '-f', file);
    await waitUntilReady(installation, name);
    await waitUntilConverting(installation, name, port);
  });

  it.each([
    ['/api/convert-fahrenheit-to-celsius?fahrenheit=-40', 200, { celsius: -40 }],
    ['/api/convert-fahrenheit-to-celsius', 400, { error: expect.stringContaining('Please provide') }],
    ['/api/convert-fahrenheit-to-celsius?fahrenheit=warm', 400, { error: expect.stringContaining('Invalid input') }],
    ['/api/healthcheck', 200, {}],
    ['/nothing', 404, { error: 'API not found.' }],
  ])('answers %s through the Service', async (path, status, body) => {
    const answer = await installation.request('minimal', 80, path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual(expect.objectContaining({ ...body, app_identifier: expect.any(String) }));
  });

  it('prints its columns in kubectl get tc', async () => {
    const { kubectl, namespace } = installation;
    const table = await kubectl('get', 'tc', 'minimal', '-n', namespace);
    expect(table).toMatch(/NAME\s+READY\s+REASON\s+PORT\s+MIN\s+MAX\s+REPLICAS\s+AGE/);
    expect(table).toMatch(/minimal\s+True\s+Ready\s+80\s+1\s+5\s+1\s/);
  });

  it('answers under status.url inside the cluster', async () => {
    const { kubectl, namespace } = installation;
    const url = await kubectl('get', 'tc', 'another-port', '-n', namespace, '-o', 'jsonpath={.status.url}');
    expect(url).toBe(`http://another-port.${namespace}.svc:9090`);
    const program = `fetch('${url}/api/convert-fahrenheit-to-celsius?fahrenheit=32').then((r) => r.text()).then(console.log)`;
    const output = await kubectl('exec', '-n', namespace, 'deploy/minimal', '--', 'node', '-e', program);
    expect(JSON.parse(output)).toMatchObject({ celsius: 0 });
  });
});
