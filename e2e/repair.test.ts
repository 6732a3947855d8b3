import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';
import { WAIT_TIMEOUT_MS } from './testing/timeouts.ts';

const SERVICE_PORTS = '{"spec":{"ports":[{"name":"http","port":81,"protocol":"TCP","targetPort":5000}]}}';

describe('manual changes of children', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-repair');
    await installation.kubectl.apply(installation.namespace, converter('steady'));
    await waitUntilReady(installation, 'steady');
  });
  afterAll(() => installation.remove());

  it.each([
    [
      'deployment',
      '{"spec":{"template":{"spec":{"automountServiceAccountToken":true}}}}',
      '{.spec.template.spec.automountServiceAccountToken}',
    ],
    [
      'deployment',
      '{"metadata":{"labels":{"app.kubernetes.io/managed-by":"me"}}}',
      '{.metadata.labels.app\\.kubernetes\\.io/managed-by}',
    ],
    ['service', SERVICE_PORTS, '{.spec.ports[*].port}'],
    ['service', '{"spec":{"selector":{"extra":"key"}}}', '{.spec.selector}'],
    ['horizontalpodautoscaler', '{"spec":{"maxReplicas":9}}', '{.spec.maxReplicas}'],
  ])('are repaired: a patch of the %s with %s', async (kind, patch, path) => {
    const before = await read(kind, path);
    await installation.kubectl('patch', kind, 'steady', '-n', installation.namespace, '--type=merge', '-p', patch);
    await eventually(async () => expect(await read(kind, path)).toBe(before), 20_000);
    await waitUntilReady(installation, 'steady');
    await waitUntilConverting(installation, 'steady', 80);
  });

  it.each(['deployment', 'service', 'horizontalpodautoscaler'])('are repaired: a deleted %s', async (kind) => {
    const before = await read(kind, '{.metadata.uid}');
    await installation.kubectl('delete', kind, 'steady', '-n', installation.namespace);
    await eventually(async () => expect(await read(kind, '{.metadata.uid}')).not.toBe(before), 20_000);
    await waitUntilReady(installation, 'steady');
    await waitUntilConverting(installation, 'steady', 80);
  });

  it('remain in fields that the operator does not own', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('annotate', 'deployment', 'steady', '-n', namespace, 'example.com/note=mine');
    await kubectl('label', 'service', 'steady', '-n', namespace, 'example.com/note=mine');
    await kubectl('patch', 'tc', 'steady', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":82}}}');
    await waitUntilConverting(installation, 'steady', 82);
    expect(await read('deployment', '{.metadata.annotations.example\\.com/note}')).toBe('mine');
    expect(await read('service', '{.metadata.labels.example\\.com/note}')).toBe('mine');
  });

  it('are adopted after kubectl delete --cascade=orphan and a new resource', async () => {
    const { kubectl, namespace } = installation;
    await kubectl.apply(namespace, converter('orphaned'));
    await waitUntilReady(installation, 'orphaned');
    const uidOf = (): Promise<string> =>
      kubectl('get', 'service', 'orphaned', '-n', namespace, '-o', 'jsonpath={.metadata.uid} {.spec.clusterIP}');
    const before = await uidOf();
    await kubectl('delete', 'tc', 'orphaned', '-n', namespace, '--cascade=orphan');
    await kubectl.apply(namespace, converter('orphaned'));
    await waitUntilReady(installation, 'orphaned');
    expect(await uidOf()).toBe(before);
  });

  it('are reported when a foreign object has the name of a child, until it is deleted', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('create', 'service', 'clusterip', 'conflicting', '--tcp=7:7', '-n', namespace);
    await kubectl.apply(namespace, converter('conflicting'));
    const message = await eventually(async () => {
      const text = await kubectl(
        'get',
        'tc',
        'conflicting',
        '-n',
        namespace,
        '-o',
        'jsonpath={.status.conditions[?(@.type=="Ready")]}',
      );
      expect(text).toContain('NameConflict');
      return text;
    }, WAIT_TIMEOUT_MS);
    expect(message).toContain('Service conflicting already exists, has no controller');
    expect(
      await kubectl('get', 'service', 'conflicting', '-n', namespace, '-o', 'jsonpath={.spec.ports[*].port}'),
    ).toBe('7');
    await kubectl('delete', 'service', 'conflicting', '-n', namespace);
    await waitUntilReady(installation, 'conflicting');
  });

  function read(kind: string, path: string): Promise<string> {
    return installation.kubectl('get', kind, 'steady', '-n', installation.namespace, '-o', `jsonpath=${path}`);
  }
});
