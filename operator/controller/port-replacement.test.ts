import { describe, expect, it } from '@jest/globals';
import { EMPTY_SPEC, exampleConverter } from '../api/example-converter.ts';
import { buildService } from '../domain/service.ts';
import type { CachedChild } from './cached-child.ts';
import { computePortReplacement } from './port-replacement.ts';

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

const DESIRED = buildService(
  exampleConverter({ spec: { service: { ...EMPTY_SPEC.service, port: 80 } } }),
  'converter:1',
);
const OURS = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' };
const METRICS = { name: 'metrics', port: 9464, protocol: 'TCP' };

/** A live Service of those ports, of which the ones named by `owned` are from our own applies. */
function live(ports: readonly Port[] | undefined, owned: readonly number[]): CachedChild {
  const keys = owned.map((port) => [`k:${JSON.stringify({ port, protocol: 'TCP' })}`, {}]);
  return {
    metadata: { name: 'web', namespace: 'blue', uid: 's1', resourceVersion: '1' },
    ...(ports === undefined ? {} : { spec: { ports } }),
    ownedFields: { 'f:spec': { 'f:ports': Object.fromEntries(keys) } },
  };
}

describe('computePortReplacement', () => {
  it.each<[string, readonly Port[] | undefined, readonly number[]]>([
    ['the port is as desired', [OURS], [80]],
    ['the spec has changed: the old port is ours', [{ ...OURS, port: 8080 }], [8080]],
    ['another manager has added a port', [OURS, METRICS], [80]],
    ['another manager owns it, just as desired, and leaves the protocol out', [{ name: 'http', port: 80 }], []],
    ['ours is gone', [METRICS], []],
    ['ours has another name', [{ ...OURS, name: 'web' }], [80]],
    ['there are none', [], []],
    ['there is no spec', undefined, []],
  ])('is not needed when %s', (_case, ports, owned) => {
    expect(computePortReplacement(DESIRED, live(ports, owned))).toBeUndefined();
  });

  it.each<[string, readonly Port[], readonly number[], readonly Port[]]>([
    ['renumbered', [{ ...OURS, port: 8080 }], [80], [OURS]],
    ['moved to another protocol', [{ ...OURS, protocol: 'UDP' }], [80], [OURS]],
    ['renumbered, and keeps the ports of others', [METRICS, { ...OURS, port: 8080 }], [80], [OURS, METRICS]],
    ['renumbered while the spec changed from another', [{ ...OURS, port: 8080 }], [90], [OURS]],
    ['renumbered without a protocol', [{ name: 'http', port: 8080 }], [80], [OURS]],
  ])('puts the port back that another manager has %s', (_case, ports, owned, replaced) => {
    expect(computePortReplacement(DESIRED, live(ports, owned))).toEqual({ spec: { ports: replaced } });
  });

  it('knows nothing to be ours in a Service that was never applied', () => {
    const { ownedFields: _owned, ...child } = live([{ ...OURS, port: 8080 }], []);
    expect(computePortReplacement(DESIRED, child)).toEqual({ spec: { ports: [OURS] } });
  });
});
