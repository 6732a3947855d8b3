import { createHash } from 'node:crypto';
import { log } from '../progress.ts';
import type { ContainerEngine } from './container-engine.ts';

/** The components of the product, as the Dockerfiles and images are named. */
export const COMPONENTS = ['operator', 'service'] as const;
export type Component = (typeof COMPONENTS)[number];

/** An image in the engine, whose tag identifies its content. */
export interface ProductImage {
  readonly tag: string;
  /** REGISTRY/NAME:TAG. */
  readonly reference: string;
  /** The image of each platform; with one platform, the reference itself. */
  readonly variants: readonly string[];
}

/** How to build the images. */
export interface ProductImageOptions {
  /** The beginning of the references. */
  readonly registry: string;
  readonly platforms: readonly string[];
  /** The network of the builds; undefined for the engine's default. */
  readonly buildNetwork: string | undefined;
  /** NAME=VALUE. */
  readonly buildArguments: readonly string[];
}

/** Builds the image of a component for each platform. A repeated build takes seconds, by the engine's cache. */
export async function buildProductImage(
  engine: ContainerEngine,
  component: Component,
  { registry, platforms, buildNetwork, buildArguments }: ProductImageOptions,
  signal?: AbortSignal,
): Promise<ProductImage> {
  const repository = `${registry}/temperature-converter-${component}`;
  const built = new Map<string, string>();
  for (const platform of platforms) {
    log(`building the image of the ${component} with ${engine.name} for ${platform}`);
    const tag = `${repository}:build-${process.pid}`;
    // The label makes it another image for each registry: the kubelet of Kubernetes 1.35 and newer does not use a loaded image that
    // a node has also pulled, without asking the registry of the loaded one (KubeletEnsureSecretPulledImages).
    const build = {
      dockerfile: `Dockerfile.${component}`,
      platform,
      tag,
      label: registry,
      network: buildNetwork,
      buildArguments,
    };
    await engine.build(build, signal);
    const id = await engine.imageId(tag, signal);
    await engine.tag(tag, referenceOf(repository, id), signal);
    await engine.untag(tag, signal);
    built.set(platform, id);
  }
  const ids = [...built.values()];
  const variants = ids.map((id) => referenceOf(repository, id));
  const [only] = ids;
  const tag = tagOf(ids.length === 1 && only !== undefined ? only : digestOf(ids));
  return { tag, reference: `${repository}:${tag}`, variants };
}

function referenceOf(repository: string, id: string): string {
  return `${repository}:${tagOf(id)}`;
}

function tagOf(id: string): string {
  return `demo-${id.replace('sha256:', '').slice(0, 16)}`;
}

function digestOf(ids: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(ids)).digest('hex');
}
