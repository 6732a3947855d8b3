import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, waitUntilItConverts, waitUntilReady } from './testing/converter.ts';
import { eventually } from './testing/eventually.ts';
import { install, type Installation } from './testing/installation.ts';

const SERVICE_PORTS = '{"spec":{"ports":[{"name":"http","port":81,"protocol":"TCP","targetPort":5000}]}}';

describe('what is done to a child by hand', () => {
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
  ])('an edit of the %s by %s is put back', async (kind, patch, path) => {
    const before = await read(kind, path);
    await installation.kubectl('patch', kind, 'steady', '-n', installation.namespace, '--type=merge', '-p', patch);
    await eventually(async () => expect(await read(kind, path)).toBe(before), 20);
    await waitUntilReady(installation, 'steady');
    await waitUntilItConverts(installation, 'steady', 80);
  });

  it.each(['deployment', 'service', 'horizontalpodautoscaler'])('a deleted %s comes back', async (kind) => {
    const before = await read(kind, '{.metadata.uid}');
    await installation.kubectl('delete', kind, 'steady', '-n', installation.namespace);
    await eventually(async () => expect(await read(kind, '{.metadata.uid}')).not.toBe(before), 20);
    await waitUntilReady(installation, 'steady');
    await waitUntilItConverts(installation, 'steady', 80);
  });

  it('what others own is left alone: an annotation, a label, the replicas', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('annotate', 'deployment', 'steady', '-n', namespace, 'example.com/note=mine');
    await kubectl('label', 'service', 'steady', '-n', namespace, 'example.com/note=mine');
    await kubectl('patch', 'tc', 'steady', '-n', namespace, '--type=merge', '-p', '{"spec":{"service":{"port":82}}}');
    await waitUntilItConverts(installation, 'steady', 82);
    expect(await read('deployment', '{.metadata.annotations.example\\.com/note}')).toBe('mine');
    expect(await read('service', '{.metadata.labels.example\\.com/note}')).toBe('mine');
  });

  it('a foreign object of a child’s name is left alone and explained, and makes way', async () => {
    const { kubectl, namespace } = installation;
    await kubectl('create', 'service', 'clusterip', 'taken', '--tcp=7:7', '-n', namespace);
    await kubectl.apply(namespace, converter('taken'));
    const message = await eventually(async () => {
      const text = await kubectl(
        'get',
        'tc',
        'taken',
        '-n',
        namespace,
        '-o',
        'jsonpath={.status.conditions[?(@.type=="Ready")]}',
      );
      expect(text).toContain('NameConflict');
      return text;
    });
    expect(message).toContain('Service taken exists, has no controller');
    expect(await kubectl('get', 'service', 'taken', '-n', namespace, '-o', 'jsonpath={.spec.ports[*].port}')).toBe('7');
    await kubectl('delete', 'service', 'taken', '-n', namespace);
    await waitUntilReady(installation, 'taken');
  });

  function read(kind: string, path: string): Promise<string> {
    return installation.kubectl('get', kind, 'steady', '-n', installation.namespace, '-o', `jsonpath=${path}`);
  }
});
