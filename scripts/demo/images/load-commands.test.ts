import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DemoError } from '../demo-error.ts';
import type { ContainerEngine } from './container-engine.ts';
import { createDocker } from './docker.ts';
import { deliver, type ImageDelivery } from './image-delivery.ts';
import { deliverToK3d } from './k3d-delivery.ts';
import { deliverToKind } from './kind-delivery.ts';
import { deliverToMinikube } from './minikube-delivery.ts';
import { createPodman } from './podman.ts';
import { StandInPrograms } from '../testing/stand-in-programs.ts';

const REFERENCE = 'localhost/temperature-converter-operator:demo-0123456789abcdef';
const IMAGE = { tag: 'demo-0123456789abcdef', reference: REFERENCE, variants: [REFERENCE] };
const NODES = ['one', 'two'];

/** After a command that loads, nodes and lists have the image, unless the file `broken` exists. */
const STAND_IN = `[ "$(basename "$0")" != kind ] || echo "with the provider $KIND_EXPERIMENTAL_PROVIDER" >> calls
case "$*" in
  'container inspect '*) [ ! -e "not-in-$(basename "$0")" ] || exit 1 ;;
  *' inspecti '*) [ -e loaded ] || { echo 'no such image' >&2; exit 1; } ;;
  'image ls '*) [ ! -e loaded ] || echo '${REFERENCE}' ;;
  *load*|*import*) [ -e broken ] || touch loaded ;;
esac
`;

const kindOf = (provider: string) => (engine: ContainerEngine) =>
  deliverToKind({ cluster: 'dev', provider, nodes: NODES }, engine);
const k3d = (engine: ContainerEngine): ImageDelivery => deliverToK3d({ cluster: 'dev', nodes: NODES }, engine);
const minikube = (engine: ContainerEngine): ImageDelivery =>
  deliverToMinikube({ profile: 'dev', nodes: NODES }, engine);
const minikubeOfOneNode = (engine: ContainerEngine): ImageDelivery =>
  deliverToMinikube({ profile: 'dev', nodes: ['dev'] }, engine);

const saved = (name: string, flags = ''): string => `${name} save ${flags}--output=ARCHIVE ${REFERENCE}`;
const PODMAN_SAVED = saved('podman', '--quiet --format=docker-archive ');

/** Stand-ins record the commands, since these programs cannot run on the machines that test this repository (decision 26). */
describe('the commands that load images, with stand-ins for the programs', () => {
  let programs: StandInPrograms;
  const docker = createDocker({ Name: 'host' }, true);
  const podman = createPodman('podman', { host: { hostname: 'host' } });

  beforeEach(() => {
    // Of a user who also has clusters of another provider.
    process.env['KIND_EXPERIMENTAL_PROVIDER'] = 'nerdctl';
    programs = new StandInPrograms(['docker', 'podman', 'kind', 'k3d', 'minikube'], STAND_IN);
  });

  afterEach(() => {
    programs.remove();
    delete process.env['KIND_EXPERIMENTAL_PROVIDER'];
  });

  const calls = (): readonly string[] =>
    programs
      .calls()
      .filter((line) => !line.includes(' inspect') && !line.includes('image ls'))
      // The name of a temporary archive.
      .map((line) => line.replaceAll(/[^\s=]+\/image\.tar/gu, 'ARCHIVE'));

  it.each([
    ['kind', docker, kindOf('docker'), [`kind load docker-image ${REFERENCE} --name dev`, 'with the provider docker']],
    [
      'kind of podman',
      podman,
      kindOf('podman'),
      [PODMAN_SAVED, 'kind load image-archive ARCHIVE --name dev', 'with the provider podman'],
    ],
    [
      'kind of podman, from docker',
      docker,
      kindOf('podman'),
      [saved('docker'), 'kind load image-archive ARCHIVE --name dev', 'with the provider podman'],
    ],
    ['k3d', docker, k3d, [`k3d image import ${REFERENCE} --cluster dev`]],
    ['k3d, from podman', podman, k3d, [PODMAN_SAVED, 'k3d image import ARCHIVE --cluster dev']],
    ['minikube', docker, minikube, [saved('docker'), 'minikube image load ARCHIVE --profile dev']],
    ['minikube of one node', docker, minikubeOfOneNode, [saved('docker'), 'minikube image load ARCHIVE --profile dev']],
    ['minikube, from podman', podman, minikube, [PODMAN_SAVED, 'minikube image load ARCHIVE --profile dev']],
  ])('%s', async (_, engine, deliveryFor, expected) => {
    await deliver(deliveryFor(engine), IMAGE);
    expect(calls()).toEqual(expected);
    // An image that all nodes have is not loaded again.
    await deliver(deliveryFor(engine), IMAGE);
    expect(calls()).toEqual(expected);
  });

  it.each([
    ['kind', kindOf('docker'), `docker exec two crictl inspecti -q ${REFERENCE}`],
    ['k3d', k3d, `docker exec two crictl inspecti -q ${REFERENCE}`],
    ['minikube', minikube, `minikube ssh --profile dev --node two -- sudo crictl inspecti -q ${REFERENCE}`],
  ])('of %s are checked on each node', async (_, deliveryFor, command) => {
    await deliver(deliveryFor(docker), IMAGE);
    expect(programs.calls()).toContain(command);
  });

  it.each([
    ['kind', kindOf('docker'), ['one: no such image', 'two: no such image']],
    ['minikube of one node', minikubeOfOneNode, ['does not list it']],
  ])('of %s fail if the image did not arrive', async (_, deliveryFor, lines) => {
    programs.touch('broken');
    const delivering = deliver(deliveryFor(docker), IMAGE);
    await expect(delivering).rejects.toThrow(DemoError);
    for (const line of lines) await expect(delivering).rejects.toThrow(line);
  });

  it.each([
    ['docker', 'podman'],
    ['podman', 'docker'],
  ])('of k3d are checked with %s, which has the nodes, whichever engine builds', async (program, other) => {
    programs.touch(`not-in-${other}`);
    for (const engine of [docker, podman]) expect(await k3d(engine).missing(IMAGE)).toHaveLength(2);
    const command = `${program} exec two crictl inspecti -q ${REFERENCE}`;
    expect(programs.calls().filter((call) => call.includes(' exec two '))).toEqual([command, command]);
  });

  it('of k3d cannot be checked without the engine of the nodes', async () => {
    for (const program of ['docker', 'podman']) programs.touch(`not-in-${program}`);
    const delivery = deliverToK3d({ cluster: 'dev', nodes: ['one'] }, docker);
    await expect(delivery.missing(IMAGE)).rejects.toThrow('Neither docker nor podman has the container one');
  });

  it('of minikube find an image that it lists as one of Docker Hub', async () => {
    programs.add('minikube', `echo 'docker.io/${REFERENCE}'`);
    expect(await minikubeOfOneNode(docker).missing(IMAGE)).toEqual([]);
  });

  it('leave no archive behind', async () => {
    await deliver(kindOf('podman')(podman), IMAGE);
    const archive = /--output=(\S+)/u.exec(programs.calls().join('\n'))?.[1] ?? '';
    expect(archive).toContain('image.tar');
    expect(existsSync(join(archive, '..'))).toBe(false);
  });
});
