import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';

const [name = 'another-port', namespace = 'default'] = process.argv.slice(2);
const SECONDS = 180;
const CONNECTIONS = 24;

/** Runs in a pod. Without keep-alive, so that new replicas receive requests too. */
const PROGRAM = `
  const [url] = process.argv.slice(1);
  const end = Date.now() + ${SECONDS}_000;
  let [answered, failed] = [0, 0];
  const client = async (fahrenheit) => {
    while (Date.now() < end) {
      const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) };
      await fetch(url + fahrenheit, options).then((r) => r.text()).then(() => answered++, () => failed++);
    }
  };
  Promise.all(Array.from({ length: ${CONNECTIONS} }, (_, i) => client(i))).then(() =>
    console.log(answered + ' answered, ' + failed + ' failed'));`;

/** Loads a converter from a pod with its own image, and prints how its autoscaler reacts. */
async function load(): Promise<void> {
  const { kubectl } = await ensureTools(['kubectl'], { log: console.log });
  const run = (...args: string[]): Promise<string> => runCommand([kubectl, '-n', namespace, ...args]);
  const read = (path: string): Promise<string> => run('get', 'temperatureconverter', name, '-o', `jsonpath=${path}`);
  const image = await read('{.status.image}');
  const url = `http://${name}:${await read('{.spec.service.port}')}/api/convert-fahrenheit-to-celsius?fahrenheit=`;
  const pod = `load-${name}`;
  await run('delete', 'pod', pod, '--ignore-not-found', '--now');
  process.once('SIGINT', () => {
    void run('delete', 'pod', pod, '--ignore-not-found', '--now').finally(() => process.exit(130));
  });
  const command = ['--image', image, '--restart=Never', '--command', '--', 'node', '-e', PROGRAM, url];
  await run('run', pod, '--image-pull-policy=IfNotPresent', ...command);
  console.log(`${CONNECTIONS} clients for ${SECONDS} s; the autoscaler scales down five minutes later\n`);
  for (let phase = ''; phase !== 'Succeeded' && phase !== 'Failed'; await sleep(5_000)) {
    phase = await run('get', 'pod', pod, '-o', 'jsonpath={.status.phase}');
    process.stdout.write(await run('get', 'hpa', name, '--no-headers'));
  }
  process.stdout.write(await run('logs', pod));
  await run('delete', 'pod', pod, '--now');
}

try {
  await load();
} catch (error) {
  console.error(`load: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
