import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { converter, podsOf, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { install, type Installation } from './testing/installation.ts';

const FLOOD_PROGRAM = join(import.meta.dirname, 'testing', 'flood.ts');
const CONNECTIONS = 10_000;

describe('a converter in a container of the default size', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await install('e2e-flood');
    await installation.kubectl.apply(installation.namespace, converter('flooded'));
    await waitUntilReady(installation, 'flooded');
  });
  afterAll(() => installation.remove());

  it('serves beside 10,000 idle connections without a restart', async () => {
    const { cluster, kubectl, namespace } = installation;
    const before = await podsOf(installation, 'flooded');
    const ip = await kubectl('get', 'service', 'flooded', '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
    const [command = '', ...args] = cluster.inNetwork([process.execPath, FLOOD_PROGRAM, ip, '80', String(CONNECTIONS)]);
    const flood = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(flood, 'close');
    const failed = ended.then(([code]) => {
      throw new Error(`flood.ts exited with code ${String(code)}`);
    });
    try {
      const [line] = (await Promise.race([once(flood.stdout, 'data'), failed])) as [Buffer];
      expect(JSON.parse(line.toString())).toEqual({ opened: CONNECTIONS });
      await waitUntilConverting(installation, 'flooded', 80);
    } finally {
      flood.stdin.end();
      await ended;
    }
    await waitUntilConverting(installation, 'flooded', 80);
    await waitUntilReady(installation, 'flooded');
    expect(await podsOf(installation, 'flooded')).toEqual(before);
  });
});
