import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { converter, getConverter, waitUntilConverting, waitUntilReady } from './testing/converter.ts';
import { connect, type Installation, OPERATOR_NAMESPACE, RELEASE } from './testing/installation.ts';

const NAMESPACE = 'e2e-new-definition';
const DEFINITION = 'temperatureconverters.temperature-converter.io';
const NAME = 'weather';
const WARNINGS = 'type=Warning,involvedObject.kind=TemperatureConverter';

/**
 * Admission of the API server checks the kind of an owner, and reads the kinds that exist every few seconds only: right after
 * the definition is created, it does not know the kind yet.
 */
describe('a converter whose definition was just created', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await connect(NAMESPACE);
    const { helm, kubectl } = installation;
    await helm('uninstall', RELEASE, '-n', OPERATOR_NAMESPACE, '--ignore-not-found', '--wait');
    await kubectl('delete', 'crd', DEFINITION, '--ignore-not-found', '--timeout=60s');
  });
  afterAll(async () => {
    await installation.helm('uninstall', NAME, '-n', NAMESPACE, '--ignore-not-found', '--wait');
    await installation.remove();
  });

  it('becomes ready soon, without a Warning event', async () => {
    const { helm, kubectl, imageValues } = installation;
    await readKinds();
    await helm('install', NAME, './helm', '-n', NAMESPACE, '--set', 'service.port=8088', ...imageValues);
    await kubectl.apply(NAMESPACE, converter('second'));
    for (const name of [NAME, 'second']) {
      await waitUntilReady(installation, name);
      const { status } = await getConverter(installation, name);
      expect(status?.conditions?.find(({ type }) => type === 'Reconciled')).toMatchObject({ reason: 'Applied' });
    }
    await waitUntilConverting(installation, NAME, 8088);
    const warnings = [
      'get',
      'events',
      '-n',
      NAMESPACE,
      '--field-selector',
      WARNINGS,
      '-o',
      'jsonpath={.items[*].reason}',
    ];
    expect(await kubectl(...warnings)).toBe('');
  });

  /** Creates an object with an owner, for which admission reads the kinds that exist. */
  async function readKinds(): Promise<void> {
    const { kubectl, images } = installation;
    const { repository, tag } = images.operator.image;
    const container = { name: 'kinds', image: `${repository}:${tag}`, args: ['version'] };
    await kubectl.apply(NAMESPACE, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'kinds' },
      spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } },
    });
    await kubectl('wait', 'pod', '-l', 'batch.kubernetes.io/job-name=kinds', '-n', NAMESPACE, '--for=create');
  }
});
