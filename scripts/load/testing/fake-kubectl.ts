/**
 * Answers like kubectl for a cluster with one converter, `team/weather`, that fails at will: FAKE_SCENARIO names how. A real
 * cluster cannot be made to fail in these ways; e2e/load.test.ts uses one. Appends each call to the file FAKE_CALLS.
 */
import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const scenario = process.env['FAKE_SCENARIO'];
const args = process.argv.slice(2);
const verb = args.find((arg, index) => !arg.startsWith('--') && !(args[index - 1] ?? '').startsWith('--'));

const converter = {
  metadata: { name: 'weather', namespace: 'team' },
  spec: { service: { port: 8080 } },
  status: { image: 'converter:1', conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '' }] },
};
const deployment = {
  kind: 'Deployment',
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'converter' }] } } },
  status: { readyReplicas: 1 },
};
const autoscaler = {
  kind: 'HorizontalPodAutoscaler',
  spec: { minReplicas: 1, maxReplicas: 5 },
  status: { desiredReplicas: 1 },
};
const running = { containerStatuses: [{ name: 'load', state: { running: {} } }] };
const evicted = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };

function get(): object | undefined {
  const last = args.find((arg) => arg.startsWith('pods/'));
  if (args.includes('temperatureconverters')) return converter;
  if (args.includes('service/weather')) return { items: [{ spec: { clusterIP: '10.96.0.7' } }, deployment] };
  if (last === undefined) return { items: [autoscaler, deployment] };
  const pod = { kind: 'Pod', metadata: {}, status: scenario === 'evicted' ? evicted : running };
  return { items: [autoscaler, deployment, pod] };
}

async function printLog(): Promise<void> {
  if (scenario === 'logs forbidden') throw new Error('Error from server (Forbidden): pods "weather-load" is forbidden');
  for (let second = 1; second <= 5; second += 1) {
    console.log(JSON.stringify({ second, spanSeconds: 1, requests: 100, failures: 0, p50Ms: 1, p99Ms: 2 }));
    await sleep(scenario === 'endless' ? 60_000 : 50);
  }
  // The API server no longer finds the log of an evicted pod.
  if (scenario !== 'evicted') console.log(JSON.stringify({ done: true }));
}

async function main(): Promise<void> {
  appendFileSync(process.env['FAKE_CALLS'] ?? '', `${args.join(' ')}\n`);
  if (verb === 'get') console.log(JSON.stringify(get()));
  if (verb === 'logs') await printLog();
  if (verb === 'create') await text(process.stdin);
  if (verb === 'create' && scenario === 'over quota')
    throw new Error('Error from server (Forbidden): exceeded quota: team');
  if (verb === 'delete' && args.includes('pod') && scenario === 'delete fails')
    throw new Error('Unable to connect to the server');
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
