import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { API_VERSION, KIND, PLURAL, type TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import { CHILD_KINDS, CHILDREN } from '../../operator/caches.ts';
import { buildChildren } from '../../operator/children/children.ts';
import type { ChildKind } from '../../operator/children/child.ts';
import { OWNER_GENERATION_ANNOTATION, FIELD_MANAGER } from '../../operator/children/labels.ts';
import { kubeConfigOf } from '../../controller-runtime/testing/fake-server.ts';
import { DEFAULT_IMAGE } from './running-operator.ts';

const PER_NAMESPACE = 100;

/** An API server that generates the lists of many converters and their children, and allows nothing but to read. */
export interface LargeCluster extends AsyncDisposable {
  readonly kubeConfig: string;
}

/** Starts a server with that many converters, all of which are up to date. */
export async function startLargeCluster(converters: number): Promise<LargeCluster> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = request.method === 'GET' ? listOf(url, converters) : { status: { allowed: false } };
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // SAFETY: it listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    kubeConfig: kubeConfigOf(`http://127.0.0.1:${port}`).exportConfig(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One page of a list, as the API server sends it. */
function listOf({ pathname, searchParams }: URL, converters: number): object {
  const plural = pathname.split('/').at(-1) ?? '';
  const start = Number(searchParams.get('continue') ?? 0);
  const end = Math.min(converters, start + Number(searchParams.get('limit') ?? converters));
  const kind = CHILD_KINDS.find((candidate) => CHILDREN[candidate].resource.plural === plural);
  const items = Array.from({ length: end - start }, (_, index) => {
    const converter = converterAt(start + index);
    return kind === undefined ? converter : childOf(kind, converter);
  });
  const isSelected = plural === PLURAL || (kind !== undefined && !searchParams.has('labelSelector'));
  const more = end < converters ? { continue: String(end), remainingItemCount: converters - end } : {};
  return isSelected
    ? { metadata: { resourceVersion: '1', ...more }, items: items.filter((item) => item !== undefined) }
    : { metadata: { resourceVersion: '1' }, items: [] };
}

function converterAt(index: number): TemperatureConverter {
  const [namespace, name] = [Math.floor(index / PER_NAMESPACE), index % PER_NAMESPACE];
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      namespace: `namespace-${String(namespace).padStart(6, '0')}`,
      name: `web-${String(name).padStart(6, '0')}`,
      uid: `uid-${index}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      service: { port: 80, type: 'ClusterIP' },
      autoscaling: { minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 80 },
      logLevel: 'info',
      paused: false,
    },
  };
}

function childOf(kind: ChildKind, converter: TemperatureConverter): object | undefined {
  const child = buildChildren(converter, { image: DEFAULT_IMAGE })[kind];
  if (child === undefined) return undefined;
  const { uid } = converter.metadata;
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${OWNER_GENERATION_ANNOTATION}`]: {} } } };
  return {
    ...child,
    metadata: {
      ...child.metadata,
      uid: `${kind}-${uid}`,
      resourceVersion: '1',
      annotations: { [OWNER_GENERATION_ANNOTATION]: `${uid}/1` },
      managedFields: [{ manager: FIELD_MANAGER, operation: 'Apply', fieldsType: 'FieldsV1', fieldsV1 }],
    },
  };
}
