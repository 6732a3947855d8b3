import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { converter, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { connect, HELMS, type Installation, OPERATOR_NAMESPACE, RELEASE } from './testing/installation.ts';
import { type Load, startLoad } from './testing/start-load.ts';

const OWN_RELEASE = 'weather';
const PREVIOUS_CHART = 'e2e/fixtures/previous-chart';
const DEFINITION = 'temperatureconverters.temperature-converter.io';
const WAIT = ['--wait', '--timeout', '3m'];

/** The part of the CustomResourceDefinition that differs between the charts. */
interface Definition {
  readonly spec: { readonly versions: readonly { readonly additionalPrinterColumns: unknown }[] };
}

describe.each(HELMS)('a release of the previous chart, with %s', (_version, program) => {
  let installation: Installation;
  let traffic: Load;

  beforeAll(async () => {
    installation = await connect(`e2e-upgrade-${program}`);
    const { helm, kubectl, namespace, imageValues } = installation;
    // Only one operator may watch all namespaces.
    await helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
    // Helm does not update an existing definition.
    const asHelm = ['--server-side', '--field-manager=helm', '--force-conflicts'];
    await kubectl('apply', ...asHelm, '-f', `${PREVIOUS_CHART}/crds`);
    await installation[program]('install', OWN_RELEASE, PREVIOUS_CHART, '-n', namespace, ...imageValues, ...WAIT);
    await kubectl.apply(namespace, converter('bystander'));
    await waitUntilReady(installation, 'bystander');
    await waitUntilReady(installation, OWN_RELEASE);
    await waitUntilConverting(installation, OWN_RELEASE, 80);
    traffic = await startLoad(installation, OWN_RELEASE, { connections: 4, seconds: 300 });
  });
  afterAll(async () => {
    await traffic.stop();
    await installation[program]('uninstall', OWN_RELEASE, '-n', installation.namespace, '--wait');
    await installation.remove();
  });

  it('is upgraded and rolled back under load without a failed request', async () => {
    const { kubectl, namespace, imageValues } = installation;
    const inNamespace = ['-n', namespace];
    const before = await objectUids();
    expect((await liveDefinition()).spec.versions).not.toEqual(chartDefinition().spec.versions);

    await installation[program]('upgrade', OWN_RELEASE, './helm', ...inNamespace, ...imageValues, ...WAIT);
    await waitUntilPodsRequest('100m');
    const [live] = (await liveDefinition()).spec.versions;
    const [wanted] = chartDefinition().spec.versions;
    expect(live?.additionalPrinterColumns).toEqual(wanted?.additionalPrinterColumns);
    expect(await kubectl('explain', 'temperatureconverter.spec.paused')).toContain('FIELD: paused');
    expect(await objectUids()).toBe(before);

    await installation[program]('rollback', OWN_RELEASE, '1', ...inNamespace, ...WAIT);
    await waitUntilPodsRequest('60m');
    expect((await liveDefinition()).spec.versions[0]?.additionalPrinterColumns).toEqual(
      wanted?.additionalPrinterColumns,
    );
    expect(await objectUids()).toBe(before);

    const { requests, failures, firstFailure } = await traffic.stop();
    expect({ failures, firstFailure }).toEqual({ failures: 0, firstFailure: '' });
    expect(requests).toBeGreaterThan(1000);
  });

  /** Waits until every pod of the converter is a new one, and the old ones are deleted. */
  async function waitUntilPodsRequest(cpu: string): Promise<void> {
    const { kubectl, namespace } = installation;
    const request = '{.spec.template.spec.containers[0].resources.requests.cpu}';
    const deployment = `deployment/${OWN_RELEASE}`;
    await kubectl('wait', deployment, '-n', namespace, `--for=jsonpath=${request}=${cpu}`, '--timeout=60s');
    await kubectl('rollout', 'status', deployment, '-n', namespace, '--timeout=120s');
  }

  /** The UIDs of the resources and their children, which change when an object is re-created. */
  async function objectUids(): Promise<string> {
    const { kubectl, namespace } = installation;
    const path = '-o=jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {end}';
    const ofConverters = ['-l', 'app.kubernetes.io/managed-by=temperature-converter-operator'];
    const resources = await kubectl('get', 'temperatureconverters', '-n', namespace, path);
    return resources + (await kubectl('get', 'deployments,services,hpa', '-n', namespace, ...ofConverters, path));
  }

  async function liveDefinition(): Promise<Definition> {
    return installation.kubectl.json<Definition>('crd', DEFINITION);
  }
});

function chartDefinition(): Definition {
  // SAFETY: the chart's CustomResourceDefinition.
  return load(readFileSync('helm/crds/temperatureconverters.yaml', 'utf8')) as Definition;
}
