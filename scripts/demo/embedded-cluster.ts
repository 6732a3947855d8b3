import { join } from 'node:path';
import { deleteCluster, startCluster } from '../../local-cluster/cluster.ts';
import { buildProductImages } from '../../local-cluster/images.ts';
import type { BuiltImage } from '../../local-cluster/images/built-image.ts';
import { createClusterAccess } from './cluster-access.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { LOCAL_CLUSTER } from './demo-objects.ts';
import { log } from './progress.ts';

/** Starts the local cluster and loads the images into it. */
export async function startEmbeddedCluster(signal: AbortSignal): Promise<DemoCluster> {
  const cluster = await startCluster({ name: LOCAL_CLUSTER, log }, signal);
  const images = await buildProductImages(log, signal);
  log('loading the images into the cluster');
  await cluster.loadImage(images.operator, signal);
  await cluster.loadImage(images.service, signal);
  const [kubectl, helm] = [cluster.binary('kubectl'), cluster.binary('helm')];
  return {
    ...createClusterAccess({ kubectl, helm, kubeconfig: cluster.kubeconfigPath }),
    operatorNamespace: 'temperature-converter-system',
    converterNamespace: 'default',
    imageTags: [images.operator, images.service].map((image) => splitReference(image).tag),
    chartArguments: [...imageArguments('operator', images.operator), ...imageArguments('converter', images.service)],
    shellSetup: [`export KUBECONFIG=${cluster.kubeconfigPath}`, `export PATH=${join(kubectl, '..')}:$PATH`],
    kubectlCommand: 'kubectl',
    moreCommands: [
      'make load                               # load it for three minutes, and watch it scale to 5 replicas',
    ],
    cleanUp: [
      'make demo-stop                          # keeps the data for the next make demo',
      'make demo-delete                        # removes everything',
    ],
  };
}

/** Deletes the local cluster with all its data. */
export async function deleteEmbeddedCluster(signal: AbortSignal): Promise<void> {
  const existed = await deleteCluster({ name: LOCAL_CLUSTER, log }, signal);
  log(existed ? `deleted the cluster ${LOCAL_CLUSTER} and its data` : `the cluster ${LOCAL_CLUSTER} does not exist`);
}

function imageArguments(component: string, image: BuiltImage): readonly string[] {
  const { repository, tag } = splitReference(image);
  return ['--set', `${component}.image.repository=${repository}`, '--set-string', `${component}.image.tag=${tag}`];
}

function splitReference({ reference }: BuiltImage): { readonly repository: string; readonly tag: string } {
  const colon = reference.lastIndexOf(':');
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
