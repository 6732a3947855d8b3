import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCluster, startCluster } from '../../local-cluster/cluster.ts';
import { ensureInstalled } from '../../local-cluster/host/debian-packages.ts';
import { PODMAN_REQUIREMENTS } from '../../local-cluster/host/requirements.ts';
import { TEST_CLUSTER, TEST_NODES } from '../testing/installation.ts';
import { createKubectl } from '../testing/kubectl.ts';
import { mirrorBaseImages } from './testing/base-images.ts';
import { listObjects } from './testing/cluster-objects.ts';
import { type Registry, startRegistry } from './testing/registry.ts';
import { UserMachine } from './testing/user-machine.ts';

describe('the demo on a cluster with a registry, by a user with podman instead of Docker', () => {
  let cluster: LocalCluster;
  let registry: Registry;
  let user: UserMachine;
  let flags: readonly string[];

  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    await ensureInstalled(PODMAN_REQUIREMENTS, () => undefined);
    cluster = await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES });
    registry = await startRegistry(cluster);
    cleanUps.push(() => registry.stop());
    const clients = { kubectl: cluster.binary('kubectl'), helm: cluster.binary('helm') };
    const directory = await mkdtemp(join(tmpdir(), 'podman-'));
    cleanUps.push(() => rm(directory, { recursive: true }));
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(directory, name), text);
      return join(directory, name);
    };
    user = await UserMachine.create(cluster, {
      programs: { node: process.execPath, podman: '/usr/bin/podman', ...clients },
      environment: {
        // podman's own networks would change this machine.
        BUILDAH_ISOLATION: 'chroot',
        CONTAINERS_STORAGE_CONF: await file('storage.conf', storageIn(directory)),
        CONTAINERS_REGISTRIES_CONF: await file('registries.conf', insecure(registry.address)),
      },
      // Without root, podman needs subordinate IDs in files of this machine.
      account: 0,
    });
    cleanUps.push(() => user.remove());
    const bases = await mirrorBaseImages(registry);
    flags = [
      '--existing-cluster',
      `--registry=${registry.address}/podman`,
      ...bases.map((base) => `--build-arg=${base}`),
    ];
  });

  // In reverse order, as far as beforeAll came.
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  it('builds and pushes, does not push again, and removes everything', async () => {
    const kubectl = createKubectl(cluster.binary('kubectl'), cluster.kubeconfigPath);
    const objectsBefore = await listObjects(kubectl);
    const first = await user.demo(...flags);
    expect([first.code, first.output]).toEqual([0, expect.stringContaining('{"celsius":100,"app_identifier":')]);
    expect(first.output).toContain('with podman for linux/');
    const second = await user.demo(...flags);
    expect([second.code, second.output]).toEqual([0, expect.stringContaining('"celsius":100')]);
    expect(second.output.match(/is there already/gu)).toHaveLength(2);
    const removal = await user.demo('--existing-cluster', '--delete');
    expect([removal.code, removal.output]).toEqual([0, expect.stringContaining('images from podman')]);
    expect(await listObjects(kubectl)).toEqual(objectsBefore);
  });
});

function storageIn(directory: string): string {
  return `[storage]\ndriver = "vfs"\nrunroot = "${directory}/run"\ngraphroot = "${directory}/graph"\n`;
}

function insecure(registry: string): string {
  return `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`;
}
