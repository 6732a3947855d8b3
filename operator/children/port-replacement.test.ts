import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY_SPEC, exampleConverter } from '../api/example-converter.ts';
import { buildService } from './service.ts';
import { FIELD_MANAGER } from './labels.ts';
import { type Exchange, FakeServer } from '../../controller-runtime/testing/fake-server.ts';
import type { LiveObject, ReceivedObject } from '../../controller-runtime/apply/live-object.ts';
import { type AppliedKind, overwriteObject } from '../../controller-runtime/apply/write-object.ts';
import { childKind, createCaches } from '../caches.ts';
import { computePortReplacement } from './port-replacement.ts';
import { Cache } from '../../controller-runtime/cache/cache.ts';
import type { MakeCache } from '../caches.ts';

const makeCache: MakeCache = (resource, options) => new Cache(resource, options);

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

const DESIRED = buildService(
  exampleConverter({ spec: { service: { ...EMPTY_SPEC.service, port: 80 } } }),
  'converter:1',
);
const HTTP = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' };
const METRICS = { name: 'metrics', port: 9464, protocol: 'TCP' };

/** A live Service with these ports; the operator's applies own the port numbers in `owned`. */
function live(ports: readonly Port[] | undefined, owned: readonly number[]): LiveObject {
  const keys = owned.map((port) => [`k:${JSON.stringify({ port, protocol: 'TCP' })}`, {}]);
  return {
    metadata: { name: 'web', namespace: 'blue', uid: 's1', resourceVersion: '1' },
    ...(ports === undefined ? {} : { spec: { ports } }),
    ownedFields: { 'f:spec': { 'f:ports': Object.fromEntries(keys) } },
  };
}

describe('computePortReplacement', () => {
  it.each<[string, readonly Port[] | undefined, readonly number[]]>([
    ['the port is as desired', [HTTP], [80]],
    ['the spec has changed: the operator owns the old port', [{ ...HTTP, port: 8080 }], [8080]],
    ['another manager has added a port', [HTTP, METRICS], [80]],
    ['another manager owns it, just as desired, and leaves the protocol out', [{ name: 'http', port: 80 }], []],
    ['the port is missing', [METRICS], []],
    ['the port has another name', [{ ...HTTP, name: 'web' }], [80]],
    ['the Service has no ports', [], []],
    ['the Service has no spec', undefined, []],
  ])('is not needed when %s', (_case, ports, owned) => {
    expect(computePortReplacement(DESIRED, live(ports, owned))).toBeUndefined();
  });

  it.each<[string, readonly Port[], readonly number[], readonly Port[]]>([
    ['renumbered', [{ ...HTTP, port: 8080 }], [80], [HTTP]],
    ['moved to another protocol', [{ ...HTTP, protocol: 'UDP' }], [80], [HTTP]],
    ['renumbered, and keeps the ports of other names', [METRICS, { ...HTTP, port: 8080 }], [80], [HTTP, METRICS]],
    ['renumbered while the spec changed from another', [{ ...HTTP, port: 8080 }], [90], [HTTP]],
    ['renumbered without a protocol', [{ name: 'http', port: 8080 }], [80], [HTTP]],
  ])('restores the port that another manager has %s', (_case, ports, owned, replaced) => {
    expect(computePortReplacement(DESIRED, live(ports, owned))).toEqual({ spec: { ports: replaced } });
  });

  it('restores a port of another number in a Service that the operator has never applied', () => {
    const { ownedFields: _owned, ...child } = live([{ ...HTTP, port: 8080 }], []);
    expect(computePortReplacement(DESIRED, child)).toEqual({ spec: { ports: [HTTP] } });
  });
});

describe('a write over a Service whose port was renumbered', () => {
  const RENUMBERED = { ...HTTP, port: 8080 };
  const OWN_APPLY = { manager: FIELD_MANAGER, operation: 'Apply', fieldsV1: { 'f:spec': {} } };
  /** The managedFields entry of the operator's merge patch. */
  const OWN_UPDATE = { manager: FIELD_MANAGER, operation: 'Update' };

  let server: FakeServer;
  let kind: AppliedKind;

  beforeEach(async () => {
    server = await FakeServer.start();
    kind = childKind('Service', createCaches(makeCache));
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  function received(version: number, spec: object): ReceivedObject {
    const managedFields = [OWN_APPLY, OWN_UPDATE];
    const metadata = { ...DESIRED.metadata, uid: 's1', resourceVersion: String(version), managedFields };
    return { metadata, spec: Object.assign({}, DESIRED.spec, spec) };
  }

  /** Writes over version 1 of the Service. */
  function write(spec: object): Promise<ReceivedObject> {
    return overwriteObject(server.client({ fieldManager: FIELD_MANAGER }), {
      kind,
      desired: DESIRED,
      live: kind.trim(received(1, spec)),
      isAsDesired: (written) => isDeepStrictEqual(written.spec, DESIRED.spec),
    });
  }

  /** Returns the next request, and expects a patch of this type. */
  async function next(contentType: 'merge-patch+json' | 'apply-patch+yaml'): Promise<Exchange> {
    const exchange = await server.next();
    expect(exchange.request.headers['content-type']).toBe(`application/${contentType}`);
    return exchange;
  }

  it('restores the port with one patch', async () => {
    const writing = write({ ports: [RENUMBERED] });
    const exchange = await next('merge-patch+json');
    expect(exchange.request.body).toEqual({
      metadata: { uid: 's1', resourceVersion: '1' },
      spec: { ports: DESIRED.spec.ports },
    });
    exchange.answer(200, received(2, {}));
    await writing;
    expect(server.count).toBe(1);
  });

  it('then applies the other differences, with fields that the patch no longer owns', async () => {
    const writing = write({ ports: [RENUMBERED], type: 'NodePort' });
    (await next('merge-patch+json')).answer(200, received(2, { type: 'NodePort' }));
    const reclaim = await next('merge-patch+json');
    expect(reclaim.request.body).toEqual({
      metadata: { uid: 's1', resourceVersion: '2', managedFields: [OWN_APPLY] },
    });
    reclaim.answer(200, received(3, { type: 'NodePort' }));
    const last = await next('apply-patch+yaml');
    expect(last.request.body).toMatchObject({ metadata: { resourceVersion: '3' }, spec: { type: 'ClusterIP' } });
    last.answer(200, received(4, {}));
    expect(await writing).toEqual(received(4, {}));
  });
});
