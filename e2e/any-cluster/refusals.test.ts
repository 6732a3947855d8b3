import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCluster, startCluster } from '../../local-cluster/cluster.ts';
import { TEST_CLUSTER, TEST_NODES } from '../testing/installation.ts';
import { createKubectl, type Kubectl } from '../testing/kubectl.ts';
import { listObjects } from './testing/cluster-objects.ts';
import { UserMachine } from './testing/user-machine.ts';

const REGISTRY = '--registry=registry.example.com/team';
const NAMESPACE = 'temperature-converter-demo';

describe('the demo on a cluster of the user is refused, and changes nothing,', () => {
  let cluster: LocalCluster;
  let kubectl: Kubectl;
  let user: UserMachine;
  let objectsBefore: readonly string[];
  const machines: UserMachine[] = [];

  const createMachine = async (programs: Readonly<Record<string, string>>): Promise<UserMachine> => {
    const machine = await UserMachine.create(cluster, {
      programs: { node: process.execPath, ...programs },
      environment: {},
    });
    machines.push(machine);
    return machine;
  };

  beforeAll(async () => {
    cluster = await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES });
    kubectl = createKubectl(cluster.binary('kubectl'), cluster.kubeconfigPath);
    // Of Docker, the refusals need only the client.
    user = await createMachine({
      kubectl: cluster.binary('kubectl'),
      helm: cluster.binary('helm'),
      docker: '/usr/bin/docker',
    });
    objectsBefore = await listObjects(kubectl);
  });

  afterAll(async () => {
    for (const machine of machines) await machine.remove();
  });

  it('without programs, which it names all at once', async () => {
    const { code, output } = await (await createMachine({})).demo('--context=kind-kind');
    expect(code).toBe(1);
    for (const line of ['kubectl: see http', 'helm: see http', 'docker or podman: see http', 'kind: see http']) {
      expect(output).toContain(line);
    }
  });

  it('without flags, since the local cluster needs root, and says what to type', async () => {
    const { code, output } = await user.demo();
    expect([code, output]).toEqual([1, expect.stringContaining('The local cluster needs root.')]);
    expect(output).toContain('sudo npm run demo\n');
    expect(output).toContain('npm run demo -- --context kubernetes-super-admin@kubernetes');
  });

  it('with a context that the kubeconfig does not have, listing those that it has', async () => {
    const { code, output } = await user.demo('--context=nowhere', REGISTRY);
    expect([code, output]).toEqual([1, expect.stringContaining('The kubeconfig has no context nowhere.')]);
    expect(output).toContain('npm run demo -- --context kubernetes-super-admin@kubernetes');
  });

  it('without a registry where the nodes cannot get the images otherwise', async () => {
    const { code, output } = await user.demo('--existing-cluster');
    expect([code, output]).toEqual([1, expect.stringContaining('is not one of kind, minikube, k3d')]);
    expect(output).toContain('add --registry REGISTRY');
  });

  it('without a running engine', async () => {
    const { code, output } = await user.demo('--existing-cluster', REGISTRY);
    expect([code, output]).toEqual([1, expect.stringContaining('docker does not work')]);
    expect(output).toContain('start Docker Desktop or the service docker');
    expect(output).toContain('podman is not installed');
  });

  it('beside another operator', async () => {
    await kubectl('create', 'namespace', 'other');
    const operator = ['create', 'deployment', 'their-operator', '-n', 'other', '--image=x', '--replicas=0'];
    await kubectl(...operator);
    const labels = ['app.kubernetes.io/part-of=temperature-converter', 'app.kubernetes.io/component=operator'];
    await kubectl('label', 'deployment', 'their-operator', '-n', 'other', ...labels);
    const { code, output } = await user.demo('--existing-cluster', REGISTRY);
    await kubectl('delete', 'namespace', 'other');
    expect([code, output]).toEqual([1, expect.stringContaining('other/their-operator')]);
  });

  it('with a namespace of the same name that it did not create, which --delete keeps', async () => {
    await kubectl('create', 'namespace', NAMESPACE);
    const run = await user.demo('--existing-cluster', REGISTRY);
    const removal = await user.demo('--existing-cluster', '--delete');
    expect(await kubectl('get', 'namespace', NAMESPACE, '-o', 'name')).toBe(`namespace/${NAMESPACE}\n`);
    await kubectl('delete', 'namespace', NAMESPACE);
    expect([run.code, run.output]).toEqual([1, expect.stringContaining('that the demo did not create')]);
    expect([removal.code, removal.output]).toEqual([0, expect.stringContaining('has nothing of the demo')]);
  });

  it('on nodes that take no pods', async () => {
    await kubectl('cordon', '--selector=kubernetes.io/os=linux');
    const { code, output } = await user.demo('--existing-cluster', REGISTRY);
    await kubectl('uncordon', '--selector=kubernetes.io/os=linux');
    expect([code, output]).toEqual([1, expect.stringContaining('No node of the cluster can run the demo')]);
  });

  it('for a user who is not an administrator', async () => {
    await kubectl('create', 'serviceaccount', 'viewer', '-n', 'default');
    await kubectl('create', 'clusterrolebinding', 'viewer', '--clusterrole=view', '--serviceaccount=default:viewer');
    const token = (await kubectl('create', 'token', 'viewer', '-n', 'default')).trim();
    const config = createKubectl(cluster.binary('kubectl'), user.kubeconfigPath);
    await config('config', 'set-credentials', 'viewer', `--token=${token}`);
    await config('config', 'set-context', 'viewer', '--cluster=kubernetes', '--user=viewer');
    const { code, output } = await user.demo('--context=viewer', REGISTRY);
    await kubectl('delete', 'clusterrolebinding', 'viewer');
    await kubectl('delete', 'serviceaccount', 'viewer', '-n', 'default');
    expect([code, output]).toEqual([
      1,
      expect.stringContaining('may not list nodes, create namespaces, create custom'),
    ]);
  });

  it('as the cluster shows', async () => {
    expect(await listObjects(kubectl)).toEqual(objectsBefore);
  });
});
