import { describe, expect, it } from '@jest/globals';
import { EMPTY_SPEC, exampleConverter } from '../api/example-converter.ts';
import { buildService } from './service.ts';
import type { LiveObject } from '../../controller-runtime/apply/live-object.ts';
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
