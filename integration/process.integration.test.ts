import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { dump, load } from 'js-yaml';
import { isWrite } from '../controller-runtime/testing/audit-log.ts';
import { setUpTestEnvironment } from './testing/test-environment.ts';
import { createServiceAccount, kubeConfigOf, requestToken } from './testing/chart-service-account.ts';
import type { LiveObject } from './testing/cluster.ts';
import { eventually } from '../controller-runtime/testing/eventually.ts';
import { OperatorProcess } from './testing/operator-process.ts';
import { DEFAULT_IMAGE } from './testing/running-operator.ts';
import { CRD_FILE, installCrd } from './testing/test-server.ts';

const CRD = ['CustomResourceDefinition', undefined, 'temperatureconverters.temperature-converter.io'] as const;
const EPHEMERAL_PORTS = ['--metrics-port=0', '--health-port=0'];

const environment = setUpTestEnvironment({ crd: false });
const processes: OperatorProcess[] = [];

afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.kill()));
});

function start(...[args, variables]: ConstructorParameters<typeof OperatorProcess>): OperatorProcess {
  const process = new OperatorProcess(args, variables);
  processes.push(process);
  return process;
}

/** Starts the operator for the test's namespace as cluster administrator. */
function startOperator(...more: readonly string[]): OperatorProcess {
  const { server, namespace } = environment;
  const cluster = [`--kubeconfig=${server.apiServer.kubeconfigPath}`, `--watch-namespaces=${namespace}`];
  return start(['run', ...cluster, `--converter-image=${DEFAULT_IMAGE}`, ...EPHEMERAL_PORTS, ...more]);
}

function startApplyCrds(kubeconfig: string): OperatorProcess {
  return start(['apply-crds', `--kubeconfig=${kubeconfig}`]);
}

async function countWrites({ userAgent }: OperatorProcess): Promise<number> {
  const requests = await environment.server.audit.requests();
  return requests.filter((request) => request.userAgent === userAgent && isWrite(request)).length;
}

async function statusOf(port: unknown, path: string): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${String(port)}${path}`);
  return status;
}

describe('apply-crds', () => {
  it('installs the CustomResourceDefinition, and writes nothing when it is up to date', async () => {
    const { cluster, server } = environment;
    await cluster.delete(...CRD);
    await eventually(async () => expect(await cluster.find(...CRD)).toBeUndefined());
    expect(await startApplyCrds(server.apiServer.kubeconfigPath).exited).toEqual({ code: 0, signal: null });
    const installed = await cluster.get(...CRD);
    expect(installed.status?.['conditions']).toContainEqual(
      expect.objectContaining({ type: 'Established', status: 'True' }),
    );
    expect(await startApplyCrds(server.apiServer.kubeconfigPath).exited).toEqual({ code: 0, signal: null });
    expect((await cluster.get(...CRD)).metadata.resourceVersion).toBe(installed.metadata.resourceVersion);
  });

  it('upgrades an older definition and keeps the stored resources', async () => {
    const { cluster, namespace, server } = environment;
    // SAFETY: the file holds one object, which the API server validates next.
    const older = load(await readFile(CRD_FILE, 'utf8')) as LiveObject;
    const text = JSON.stringify(older).replaceAll(',"logLevel":', ',"formerLogLevel":');
    await cluster.apply(CRD, JSON.parse(text) as object, 'helm');
    await eventually(() => cluster.createConverter(namespace, 'web', { service: { port: 81 } }));
    expect((await cluster.converter(namespace, 'web')).spec).not.toHaveProperty('logLevel');

    expect(await startApplyCrds(server.apiServer.kubeconfigPath).exited).toEqual({ code: 0, signal: null });
    await eventually(async () => {
      expect((await cluster.converter(namespace, 'web')).spec).toMatchObject({
        service: { port: 81 },
        logLevel: 'info',
      });
    });
    expect(JSON.stringify((await cluster.get(...CRD)).spec)).not.toContain('formerLogLevel');
  });

  it('prints one line and exits with code 1 when it is forbidden', async () => {
    const { cluster, namespace, server } = environment;
    const account = await createServiceAccount(cluster, namespace);
    const config = kubeConfigOf(server, { token: await requestToken(cluster, account) });
    const kubeconfig = join(server.directory, `${namespace}.yaml`);
    await writeFile(kubeconfig, dump(JSON.parse(config.exportConfig())));
    const forbidden = startApplyCrds(kubeconfig);
    expect(await forbidden.exited).toEqual({ code: 1, signal: null });
    expect(forbidden.stderr).toMatch(/^operator: [^\n]*cannot patch resource "customresourcedefinitions"[^\n]*\n$/);
  });

  it('prints one line and exits with code 1 when the API server is unreachable', async () => {
    const kubeconfig = join(environment.server.directory, 'unreachable.yaml');
    const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
    const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
    await writeFile(
      kubeconfig,
      dump({ clusters: [cluster], contexts: [context], 'current-context': 'x', users: [{ name: 'u', user: {} }] }),
    );
    const unreachable = startApplyCrds(kubeconfig);
    expect(await unreachable.exited).toEqual({ code: 1, signal: null });
    expect(unreachable.stderr).toMatch(/^operator: [^\n]*ECONNREFUSED[^\n]*\n$/);
  });
});

describe('an invalid configuration', () => {
  it.each([
    ['without an image', ['run'], /converter-image \(CONVERTER_IMAGE\) is missing/],
    ['with an unknown flag', ['run', '--no-such-flag'], /no-such-flag/],
    ['with an unknown command', ['walk'], /unknown command "walk"/],
    ['with too many workers', ['run', '--converter-image=x', '--workers=1000'], /--workers \(WORKERS\) takes/],
    ['with a bad namespace', ['run', '--converter-image=x', '--watch-namespaces=A_b'], /"A_b" is not the name/],
  ])('prints the error and exits with code 2: %s', async (_title, args, message) => {
    const invalid = start(args);
    expect(await invalid.exited).toEqual({ code: 2, signal: null });
    expect(invalid.stderr).toMatch(message);
    expect(invalid.stderr).toContain('operator help');
    expect(invalid.stdout).toBe('');
  });

  it('exits with code 1 when no cluster is configured', async () => {
    const unconfigured = start(['run', '--converter-image=x']);
    expect(await unconfigured.exited).toEqual({ code: 1, signal: null });
    expect(unconfigured.stderr).toContain('no cluster is configured');
  });

  it('exits with code 1 when a port is in use', async () => {
    await installCrd(environment.cluster);
    const first = startOperator();
    const { metricsPort } = await first.logged('serving metrics and health');
    const second = startOperator(`--metrics-port=${String(metricsPort)}`);
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.stderr).toContain(`the metrics server cannot listen on port ${String(metricsPort)}`);
  });
});

describe('the operator as a process', () => {
  it('reconciles, serves probes and metrics, and exits with code 0 after SIGTERM', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    const operator = startOperator();
    const { metricsPort, healthPort } = await operator.logged('serving metrics and health');
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    expect(await statusOf(healthPort, '/healthz')).toBe(200);
    expect(await statusOf(healthPort, '/readyz')).toBe(200);
    expect(await statusOf(metricsPort, '/metrics')).toBe(200);
    operator.signal('SIGTERM');
    expect(await operator.exited).toEqual({ code: 0, signal: null });
    expect(operator.stderr).toBe('');
    expect(operator.log.at(-1)).toMatchObject({ msg: 'stopped' });
    expect(await countWrites(operator)).toBe(4);
  });

  it('rarely runs its event loop when idle', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    const operator = startOperator();
    await cluster.createConverter(namespace, 'web');
    await environment.applied('web');
    await eventually(async () => {
      const before = operator.voluntaryContextSwitches;
      await pause(3000);
      // The metrics have a timer of ten seconds, and each watch receives a bookmark every minute.
      expect(operator.voluntaryContextSwitches - before).toBeLessThan(12);
    }, 60_000);
  }, 90_000);

  it('changes its log level by a request to the debug port', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    const operator = startOperator('--debug-port=0');
    const { debugPort } = await operator.logged('serving metrics and health');
    const setLevel = async (body: string): Promise<number> => {
      const { status } = await fetch(`http://127.0.0.1:${String(debugPort)}/log-level`, { method: 'PUT', body });
      return status;
    };
    expect(await setLevel('debug')).toBe(200);
    await cluster.createConverter(namespace, 'web');
    expect(await operator.logged('reconciled')).toMatchObject({ level: 'debug', namespace, name: 'web' });
    expect(await setLevel('loud')).toBe(400);
  });

  it('is live but not ready while it cannot list', async () => {
    const { cluster } = environment;
    await cluster.delete(...CRD);
    const operator = startOperator();
    const { healthPort } = await operator.logged('serving metrics and health');
    await operator.logged('cannot list; retrying');
    expect(await statusOf(healthPort, '/healthz')).toBe(200);
    expect(await statusOf(healthPort, '/readyz')).toBe(503);
    operator.signal('SIGTERM');
    expect(await operator.exited).toEqual({ code: 0, signal: null });
  });

  it('finishes reconciles in progress after SIGTERM', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    const names = Array.from({ length: 30 }, (_, index) => `web-${index}`);
    for (const name of names) await cluster.createConverter(namespace, name);
    const operator = startOperator('--workers=4');
    await eventually(async () => expect(await cluster.list('Service', namespace)).not.toEqual([]));
    operator.signal('SIGTERM');
    expect(await operator.exited).toEqual({ code: 0, signal: null });
    // Each started reconcile has finished with three children and a status.
    const converters = await cluster.list('TemperatureConverter', namespace);
    const reported = converters.filter(({ status }) => status?.['observedGeneration'] !== undefined);
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
      expect((await cluster.list(kind, namespace)).length).toBe(reported.length);
    }

    const second = startOperator();
    await environment.allApplied(names.length);
    second.signal('SIGTERM');
    await second.exited;
    expect((await countWrites(operator)) + (await countWrites(second))).toBe(4 * names.length);
  });

  it('that is killed repeatedly is followed by one that finishes all resources', async () => {
    const { cluster, namespace } = environment;
    await installCrd(cluster);
    let resources = 0;
    for (let kills = 0; kills < 3; kills += 1) {
      for (let more = 0; more < 20; more += 1) {
        await cluster.createConverter(namespace, `web-${resources}`);
        resources += 1;
      }
      const before = (await cluster.list('Service', namespace)).length;
      const operator = startOperator();
      await eventually(async () => expect((await cluster.list('Service', namespace)).length).toBeGreaterThan(before));
      await operator.kill();
    }
    startOperator();
    await environment.allApplied(resources);
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler'] as const) {
      expect(await cluster.list(kind, namespace)).toHaveLength(resources);
    }
  });
});
