import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ensureInstalled } from '../host/debian-packages.ts';
import { NODE_REQUIREMENTS } from '../host/requirements.ts';
import { runCommand } from '../process/run-command.ts';

interface Result {
  /** How often it was interrupted before it was complete. */
  readonly interrupted: number;
  /** How often it counted as up nevertheless. */
  readonly up: number;
  readonly isUp: boolean;
  readonly routes: readonly string[];
}

const SCRIPT = join(import.meta.dirname, 'testing', 'interrupted-networks.ts');
const REQUIREMENTS = NODE_REQUIREMENTS.filter(({ debianPackage }) =>
  ['iproute2', 'util-linux', 'mount'].includes(debianPackage),
);

let results: Readonly<Record<'cluster' | 'node', Result>>;

beforeAll(async () => {
  await ensureInstalled(REQUIREMENTS, (): void => {});
  // The networks of this machine stay as they are, and none of its clusters is affected.
  const script = 'mount -t tmpfs none /run && exec "$@"';
  const namespaces = ['unshare', '--net', '--mount', 'sh', '-c', script, 'sh'];
  // SAFETY: the script prints these fields.
  results = JSON.parse(await runCommand([...namespaces, process.execPath, SCRIPT])) as typeof results;
}, 60_000);

describe('the network of a', () => {
  it.each(['cluster', 'node'] as const)('%s is up only once it is complete', (name) => {
    const { interrupted, up, isUp } = results[name];
    expect(interrupted).toBeGreaterThan(5);
    expect({ up, isUp }).toEqual({ up: 0, isUp: true });
  });

  it('cluster has routes to the pods of all nodes', () => {
    expect(results.cluster.routes).toEqual(
      expect.arrayContaining(
        [1, 2, 3, 4, 5].map((node) => expect.stringContaining(`10.244.${node - 1}.0/24 via 198.18.1.1${node} `)),
      ),
    );
  });

  it('node has routes to the pods of the other nodes, and to Services', () => {
    const { routes } = results.node;
    expect(routes.filter((route) => route.startsWith('10.244.')).length).toBe(4);
    expect(routes).toContainEqual(expect.stringMatching(/^10\.96\.0\.0\/\d+ via 198\.18\.1\.2 /u));
  });
});
