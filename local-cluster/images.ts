import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureInstalled } from './host/debian-packages.ts';
import { IMAGE_REQUIREMENTS } from './host/requirements.ts';
import { buildBaseImages } from './images/base-images.ts';
import { entriesBelow } from './images/build-context.ts';
import { buildArchive, type BuiltImage } from './images/built-image.ts';

const REPOSITORY = join(import.meta.dirname, '..');

/** What the repository's Dockerfiles may copy; whatever else changes does not change the images. */
const INPUTS = [
  'LICENSE',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'scripts',
  'service',
  'operator',
  'crds',
];

/** The images of this product, built on this machine from its own Dockerfiles. */
export interface ProductImages {
  readonly service: BuiltImage;
  readonly operator: BuiltImage;
}

/** Builds the service's and the operator's image, or returns those of the same sources at once. */
export async function buildProductImages(log: (line: string) => void, signal?: AbortSignal): Promise<ProductImages> {
  await ensureInstalled(IMAGE_REQUIREMENTS, log, signal);
  return {
    service: await buildImage('Dockerfile.service', 'temperature-converter-service', log, signal),
    operator: await buildImage('Dockerfile.operator', 'temperature-converter-operator', log, signal),
  };
}

/** Builds one Dockerfile of the repository, on base images that are made of this machine's files. */
export async function buildImage(
  dockerfile: string,
  name: string,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<BuiltImage> {
  const { buildImage: BUILD_IMAGE, runtimeImage: RUNTIME_IMAGE } = await buildBaseImages(log, signal);
  const entries = INPUTS.flatMap((input) => entriesBelow(REPOSITORY, input)).filter(
    (entry) => !entry.path.endsWith('.test.ts'),
  );
  const text = await readFile(join(REPOSITORY, dockerfile), 'utf8');
  return buildArchive(name, { dockerfile: text, buildArguments: { BUILD_IMAGE, RUNTIME_IMAGE }, entries }, log, signal);
}
