import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../controller-runtime/testing/eventually.ts';
import { CONVERT_212, converter, waitUntilReady } from '../testing/converter.ts';
import { install, type Installation } from '../testing/installation.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { converterPods, type PlacedPod, replicas } from './testing/placed-pods.ts';

const NAME = 'both';
const PORT = 5000;

describe('with two nodes', () => {
  let installation: Installation;
  let pods: readonly PlacedPod[];

  beforeAll(async () => {
    installation = await install('e2e-network');
    await installation.kubectl.apply(installation.namespace, converter(NAME, replicas(2)));
    await waitUntilReady(installation, NAME);
    pods = await eventually(async () => {
      const found = await converterPods(installation, NAME);
      expect(found.map(({ isReady }) => isReady)).toEqual([true, true]);
      return found;
    }, WAIT_TIMEOUT_MS);
  });
  afterAll(() => installation.remove());

  it('two replicas of a converter are on two nodes', () => {
    expect(new Set(pods.map(({ node }) => node))).toEqual(new Set(installation.cluster.nodeNames));
  });

  it('a rollout places them on two nodes too', async () => {
    const { kubectl, namespace, cluster } = installation;
    const before = new Set(pods.map(({ name }) => name));
    await kubectl('rollout', 'restart', `deployment/${NAME}`, '-n', namespace);
    pods = await eventually(async () => {
      const found = await converterPods(installation, NAME);
      expect(found.map(({ name, isReady }) => isReady && !before.has(name))).toEqual([true, true]);
      return found;
    }, WAIT_TIMEOUT_MS);
    expect(new Set(pods.map(({ node }) => node))).toEqual(new Set(cluster.nodeNames));
  });

  it('pods reach each other across nodes, by address, Service and DNS, in both directions', async () => {
    const { namespace } = installation;
    for (const [from, to] of bothDirections()) {
      for (const host of [`${to.ip}:${PORT}`, NAME, `${NAME}.${namespace}.svc.cluster.local`]) {
        expect(
          await run(from, `fetch('http://${host}${CONVERT_212}').then((r) => r.text()).then(console.log)`),
        ).toContain('"celsius":100');
      }
    }
  });

  it('a pod sees the address of a pod on the other node', async () => {
    const [from, to] = bothDirections()[0];
    const listener = listen(to, 7777);
    const call = "require('net').connect(7777, process.argv[1]).on('error', () => process.exit(1)).resume()";
    await eventually(() => run(from, call, to.ip), WAIT_TIMEOUT_MS);
    expect(await listener).toBe(`${from.ip}\n`);
  });

  it('a Service answers on each node', async () => {
    for (const node of installation.cluster.nodeNames) {
      expect((await installation.request(NAME, 80, CONVERT_212, node)).status).toBe(200);
    }
  });

  it('kubectl logs, port-forward and top work for pods on both nodes', async () => {
    const { kubectl, namespace } = installation;
    for (const { name } of pods) {
      expect(await kubectl('logs', name, '-n', namespace)).toContain('"level"');
      expect(await convertThroughPortForward(name)).toContain('"celsius":100');
    }
    await eventually(async () => {
      const usage = await kubectl('top', 'pods', '-n', namespace, '--no-headers');
      expect(
        usage
          .trim()
          .split('\n')
          .map((line) => line.split(/\s+/)[0]),
      ).toEqual(pods.map(({ name }) => name));
      expect((await kubectl('top', 'nodes', '--no-headers')).trim().split('\n')).toHaveLength(2);
    }, WAIT_TIMEOUT_MS);
  });

  function bothDirections(): readonly [readonly [PlacedPod, PlacedPod], readonly [PlacedPod, PlacedPod]] {
    const [one, other] = pods;
    if (one === undefined || other === undefined) throw new Error('there are not two pods');
    return [
      [one, other],
      [other, one],
    ];
  }

  /** Runs JavaScript in the container of a pod. */
  function run(pod: PlacedPod, script: string, ...args: readonly string[]): Promise<string> {
    return installation.kubectl('exec', pod.name, '-n', installation.namespace, '--', 'node', '-e', script, ...args);
  }

  /** Listens in a pod; resolves to the address of the first client. */
  function listen(pod: PlacedPod, port: number): Promise<string> {
    const script = `require('net').createServer((s) => {
      console.log(s.remoteAddress.replace('::ffff:', ''));
      s.end(() => process.exit());
    }).listen(${port})`;
    return run(pod, script);
  }

  async function convertThroughPortForward(pod: string): Promise<string> {
    const { cluster, namespace } = installation;
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
    const args = ['port-forward', '-n', namespace, `pod/${pod}`, `:${PORT}`];
    const forward = spawn(cluster.binary('kubectl'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = await once(forward.stdout, 'data');
      const port = /:(\d+) ->/.exec(String(line))?.[1];
      return await (await fetch(`http://127.0.0.1:${port}${CONVERT_212}`)).text();
    } finally {
      const closed = once(forward, 'close');
      forward.kill();
      await Promise.all([closed, text(forward.stdout).catch(() => '')]);
    }
  }
});
