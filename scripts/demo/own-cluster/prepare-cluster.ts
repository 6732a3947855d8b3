import type { DemoOptions } from '../command-line.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import { findEngine } from '../images/find-engine.ts';
import { deliver } from '../images/image-delivery.ts';
import { buildProductImage, type Component } from '../images/product-image.ts';
import { deleteCommand } from '../invocation.ts';
import { log } from '../progress.ts';
import { checkDelivery, chooseDelivery } from './choose-delivery.ts';
import type { ClusterNode } from './cluster-node.ts';
import { markCreatedCrd } from './created-crd.ts';
import { DEMO_NAMESPACE, ensureDemoNamespace } from './demo-namespace.ts';
import { findOwnCluster } from './find-cluster.ts';
import { imagePlatforms } from './image-platforms.ts';
import { checkCluster } from './preflight.ts';
import { waitForReadyNode } from './ready-node.ts';

/** Builds the images, brings them to the cluster of the options, and creates the namespace of the demo. */
export async function prepareOwnCluster(options: DemoOptions, signal: AbortSignal): Promise<DemoCluster> {
  const cluster = await findOwnCluster(options, signal);
  const { context } = cluster;
  log(`using the cluster of the context ${context} (Kubernetes ${cluster.version}, nodes: ${namesOf(cluster.nodes)})`);
  await checkCluster(cluster, signal);
  const target = { ...cluster, registry: options.registry };
  checkDelivery(target);
  const nodes = options.platform === undefined ? await waitForReadyNode(cluster, signal) : cluster.nodes;
  const platforms = imagePlatforms(nodes, options);
  const engine = await findEngine(options.engine, signal);
  const delivery = chooseDelivery({ ...target, nodes }, engine);
  const { registry } = delivery;
  const provide = async (component: Component): Promise<string> => {
    const image = await buildProductImage(engine, component, { ...options, registry, platforms }, signal);
    await deliver(delivery, image, signal);
    return image.tag;
  };
  const [operatorTag, serviceTag] = [await provide('operator'), await provide('service')];
  const createsCrd = await ensureDemoNamespace(cluster, signal);
  return {
    ...cluster,
    operatorNamespace: DEMO_NAMESPACE,
    converterNamespace: DEMO_NAMESPACE,
    imageTags: [operatorTag, serviceTag],
    chartArguments: [
      `--set=imageRegistry=${registry}`,
      `--set-string=operator.image.tag=${operatorTag}`,
      `--set-string=converter.image.tag=${serviceTag}`,
      ...options.chartValues.map((value) => `--set=${value}`),
    ],
    afterInstallation: async (inner) => {
      if (createsCrd) await markCreatedCrd(cluster, inner);
    },
    shellSetup: [],
    kubectlCommand: `kubectl --context ${context} -n ${DEMO_NAMESPACE}`,
    moreCommands: [],
    cleanUp: [`${deleteCommand(options)}   # removes everything that the demo created`],
  };
}

function namesOf(nodes: readonly ClusterNode[]): string {
  if (nodes.length === 0) return 'none';
  const names = nodes.map(({ metadata }) => metadata.name);
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
