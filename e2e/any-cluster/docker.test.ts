import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCluster, startCluster } from '../../local-cluster/cluster.ts';
import { waitUntil } from '../../local-cluster/process/wait-until.ts';
import { findEngine } from '../../scripts/demo/images/find-engine.ts';
import { deliver } from '../../scripts/demo/images/image-delivery.ts';
import { buildProductImage } from '../../scripts/demo/images/product-image.ts';
import { deliverToRegistry } from '../../scripts/demo/images/registry-delivery.ts';
import { TEST_CLUSTER, TEST_NODES } from '../testing/installation.ts';
import { createKubectl, type Kubectl } from '../testing/kubectl.ts';
import { WAIT_TIMEOUT_MS } from '../testing/timeouts.ts';
import { mirrorBaseImages } from './testing/base-images.ts';
import { listObjects } from './testing/cluster-objects.ts';
import { DOCKER_CLIENT, type DockerDaemon, startDocker } from './testing/docker-daemon.ts';
import { type Registry, startRegistry } from './testing/registry.ts';
import { USER, UserMachine } from './testing/user-machine.ts';

const NAMESPACE = 'temperature-converter-demo';
const CRD = 'temperatureconverters.temperature-converter.io';
const CONTEXT = 'kubernetes-super-admin@kubernetes';

/** In order: each test continues where the one before ended. */
describe('the demo on a cluster with a registry, by a user with Node.js, kubectl, Helm and Docker', () => {
  let cluster: LocalCluster;
  let kubectl: Kubectl;
  let registry: Registry;
  let daemon: DockerDaemon;
  let user: UserMachine;
  let flags: readonly string[];
  let buildImage: string;
  let objectsBefore: readonly string[];

  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES });
    kubectl = createKubectl(cluster.binary('kubectl'), cluster.kubeconfigPath);
    registry = await startRegistry(cluster);
    cleanUps.push(() => registry.stop());
    daemon = await startDocker(cluster, { insecureRegistry: registry.address, group: USER });
    cleanUps.push(() => daemon.stop());
    const programs = { kubectl: cluster.binary('kubectl'), helm: cluster.binary('helm') };
    user = await UserMachine.create(cluster, {
      programs: { node: process.execPath, docker: DOCKER_CLIENT, ...programs },
      environment: { DOCKER_HOST: `unix://${daemon.socket}` },
    });
    cleanUps.push(() => user.remove());
    const bases = await mirrorBaseImages(registry);
    [buildImage = ''] = bases;
    // BuildKit of Docker 20.10 expects TLS of every registry, but uses the images that the engine has.
    for (const base of bases) await daemon.docker('pull', '--quiet', base.split('=')[1] ?? '');
    flags = [
      `--context=${CONTEXT}`,
      `--registry=${registry.address}/team`,
      // This engine has no network of its own.
      '--build-network=host',
      ...bases.map((base) => `--build-arg=${base}`),
    ];
    objectsBefore = await listObjects(kubectl);
  });

  // In reverse order, as far as beforeAll came.
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const pushes = async (): Promise<number> =>
    (await registry.requests()).filter((request) => /^PUT .*\/manifests\//u.test(request)).length;
  const operatorPods = (): Promise<string> =>
    kubectl('get', 'pods', '-n', NAMESPACE, '-l', 'app.kubernetes.io/component=operator', '-o', 'jsonpath={..uid}');
  const images = (): Promise<string> =>
    kubectl('get', 'pods', '-n', NAMESPACE, '-o', 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\\n"}{end}');

  it('stops at Ctrl-C while it builds', async () => {
    const run = user.start(flags);
    run.interruptAfter('RUN npm ci');
    const { code, output } = await run.ended;
    expect([code, output]).toEqual([130, expect.stringContaining('stopped by a signal')]);
    expect(await listObjects(kubectl)).toEqual(objectsBefore);
  });

  it('stops at Ctrl-C while it installs', async () => {
    const run = user.start(flags);
    run.interruptAfter('installing the chart');
    const { code, output } = await run.ended;
    expect([code, output]).toEqual([130, expect.stringContaining('--delete removes what is there')]);
  });

  it('can be killed while it installs', async () => {
    const run = user.start(flags);
    const operator = ['get', 'deployments', '-n', NAMESPACE, '--ignore-not-found', '-o', 'name'];
    await waitUntil({
      what: 'the operator to be created',
      timeoutMs: WAIT_TIMEOUT_MS,
      probe: async () => (await kubectl(...operator)) || undefined,
    });
    run.kill();
    expect((await run.ended).code).toBeNull();
  });

  it('continues with the images that it pushed, replaces the interrupted release, and calls a converter', async () => {
    const { code, output } = await user.demo(...flags);
    expect([code, output]).toEqual([0, expect.stringContaining('{"celsius":100,"app_identifier":')]);
    expect(output).toContain('which an interrupted run left in the status pending-install');
    expect(output).toMatch(/another-port\s+True\s+Ready\s+9090/u);
    expect(output.match(/is there already/gu)).toHaveLength(2);
    expect(await kubectl('get', 'crd', CRD, '-o', 'jsonpath={.metadata.annotations}')).toContain(
      'demo-created":"true"',
    );
    for (const image of (await images()).trim().split('\n')) {
      expect(image).toMatch(
        new RegExp(`^${registry.address}/team/temperature-converter-(operator|service):demo-`, 'u'),
      );
    }
  });

  it('takes seconds the second time, pushes nothing and restarts nothing', async () => {
    const [pods, pushed] = [await operatorPods(), await pushes()];
    const { code, output, seconds } = await user.demo(...flags);
    expect([code, output]).toEqual([0, expect.stringContaining('"celsius":100')]);
    expect(seconds).toBeLessThan(60);
    expect(output.match(/is there already/gu)).toHaveLength(2);
    expect(await pushes()).toBe(pushed);
    expect(await operatorPods()).toBe(pods);
  });

  it('replaces only what changed', async () => {
    const pods = await operatorPods();
    await appendFile(join(user.clone, 'service/main.ts'), '\nprocess.title = "converter";\n');
    const { code, output } = await user.demo(...flags);
    expect([code, output]).toEqual([0, expect.stringContaining('"celsius":100')]);
    expect(output.match(/is there already/gu)).toHaveLength(1);
    expect(output.match(/to its registry/gu)).toHaveLength(1);
    expect(pods).not.toBe('');
  });

  it('pushes an index for nodes of several platforms', async () => {
    const path = process.env['PATH'];
    Object.assign(process.env, { DOCKER_HOST: `unix://${daemon.socket}`, PATH: `/usr/bin:${path ?? ''}` });
    try {
      const engine = await findEngine('docker');
      const delivery = deliverToRegistry(`${registry.address}/platforms`, engine);
      const platforms = ['linux/amd64', 'linux/arm64'];
      const buildArguments = [buildImage, 'RUNTIME_IMAGE=scratch'];
      const options = { registry: delivery.registry, platforms, buildNetwork: 'host', buildArguments };
      const image = await buildProductImage(engine, 'service', options);
      await deliver(delivery, image);
      const index = await registry.index('platforms/temperature-converter-service', image.tag);
      expect(index.manifests.map(({ platform }) => platform.architecture).toSorted()).toEqual(['amd64', 'arm64']);
    } finally {
      process.env['PATH'] = path;
      delete process.env['DOCKER_HOST'];
    }
  });

  it('says within a minute that the nodes cannot pull from the registry', async () => {
    const { code, output, seconds } = await user.demo(...flags, '--set=imageRegistry=localhost:1/nothing');
    expect([code, output]).toEqual([1, expect.stringContaining('The nodes cannot get localhost:1/nothing/')]);
    expect(output).toMatch(/pod \S+: ErrImagePull: .*connection refused/u);
    expect(seconds).toBeLessThan(90);
  });

  it('keeps what others created, and removes everything else', async () => {
    await kubectl('create', 'configmap', 'mine', '-n', NAMESPACE);
    await kubectl('create', 'namespace', 'someone');
    await kubectl('apply', '-n', 'someone', '-f', 'samples/minimal.yaml');
    const { code, output } = await user.demo(`--context=${CONTEXT}`, '--delete');
    expect([code, output]).toEqual([0, expect.stringContaining('temperatureconverter someone/minimal')]);
    expect(output).toContain('ConfigMap mine');
    expect(await kubectl('get', 'tc', '--all-namespaces', '-o', 'name')).toBe(
      'temperatureconverter.temperature-converter.io/minimal\n',
    );
    expect(await kubectl('get', 'configmap', 'mine', '-n', NAMESPACE, '-o', 'name')).toBe('configmap/mine\n');
    expect(await kubectl('get', 'deployments', '-n', NAMESPACE, '-o', 'name')).toBe('');
    expect(await daemon.docker('image', 'ls', '--quiet', '--filter', 'label=temperature-converter.io/demo')).toBe('');
  });

  it('removes the rest once others have removed theirs', async () => {
    await kubectl('delete', 'namespace', 'someone');
    await kubectl('delete', 'configmap', 'mine', '-n', NAMESPACE);
    const { code, output } = await user.demo(`--context=${CONTEXT}`, '--delete');
    expect([code, output]).toEqual([0, expect.stringContaining('deleting the definition')]);
    expect(await listObjects(kubectl)).toEqual(objectsBefore);
  });
});
