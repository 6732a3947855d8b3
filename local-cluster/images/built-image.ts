import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildContext, fingerprintOf, writeContext } from './build-context.ts';
import { buildah, imageCacheDirectory } from './buildah.ts';

/** An image in an archive, for a container runtime to load. */
export interface BuiltImage {
  /** localhost/NAME:ID, where the ID identifies the content on every machine. */
  readonly reference: string;
  /** An OCI archive that contains the reference. */
  readonly archivePath: string;
}

const UNUSED_AFTER_MS = 24 * 3600 * 1000;

/** Intermediate images speed up later builds; above this number, most are of old sources. */
const INTERMEDIATE_IMAGES_KEPT = 200;

/** Builds an image into an archive, or returns an existing one of the same inputs. */
export async function buildArchive(
  name: string,
  context: BuildContext,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<BuiltImage> {
  const directory = join(imageCacheDirectory(), 'archives');
  const fileName = name.replaceAll('/', '-');
  // Records the image of these inputs.
  const record = join(directory, `${fileName}-${await fingerprintOf(context)}.json`);
  const known = await readRecord(record);
  if (known !== undefined) return known;
  log(`building the image ${name}`);
  const id = await buildImage(context, [], log, signal);
  const tag = id.slice(0, 16);
  const image = { reference: `localhost/${name}:${tag}`, archivePath: join(directory, `${fileName}-${tag}.tar`) };
  await mkdir(directory, { recursive: true });
  await exportImage(id, image, signal);
  await writeFile(record, JSON.stringify(image));
  await removeUnused(directory, `${fileName}-`);
  await pruneIntermediateImages(signal);
  return image;
}

/** Builds a base image unless it is in the storage, and returns its reference. */
export async function buildBase(
  name: string,
  context: BuildContext,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const reference = `localhost/${name}:${await fingerprintOf(context)}`;
  const known = await buildah(['images', '--format', '{{.Name}}:{{.Tag}}'], signal);
  if (!known.split('\n').includes(reference)) {
    log(`building the image ${name}`);
    await buildImage(context, ['--tag', reference], log, signal);
  }
  return reference;
}

/** Builds an image into the storage with additional options of `buildah bud`, and returns its ID in hexadecimal digits. */
export async function buildImage(
  context: BuildContext,
  options: readonly string[],
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  await mkdir(imageCacheDirectory(), { recursive: true });
  const staging = await mkdtemp(join(imageCacheDirectory(), 'context-'));
  try {
    const [contextDirectory, idFile] = [join(staging, 'context'), join(staging, 'id')];
    await mkdir(contextDirectory);
    await writeContext(context, contextDirectory);
    const buildArguments = Object.entries(context.buildArguments).map(
      ([name, value]) => `--build-arg=${name}=${value}`,
    );
    // A fixed timestamp makes the layers reproducible, as far as their tools are.
    const fixed = ['--isolation=chroot', '--layers', '--force-rm', '--timestamp=0', `--iidfile=${idFile}`];
    await buildah(['bud', ...fixed, ...options, ...buildArguments, contextDirectory], signal, (line) => {
      if (isSlowStep(line)) log(`  ${line}`);
    });
    return (await readFile(idFile, 'utf8')).trim().replace('sha256:', '');
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Whether a line of buildah's output announces a slow step. */
function isSlowStep(line: string): boolean {
  return /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: RUN /u.test(line);
}

async function exportImage(id: string, { reference, archivePath }: BuiltImage, signal?: AbortSignal): Promise<void> {
  if (existsSync(archivePath)) return;
  const unfinished = `${archivePath}.${process.pid}.unfinished`;
  try {
    await buildah(['push', '--quiet', id, `oci-archive:${unfinished}:${reference}`], signal);
    await rename(unfinished, archivePath);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Reads a recorded image if its archive exists, and marks both as used. */
async function readRecord(record: string): Promise<BuiltImage | undefined> {
  if (!existsSync(record)) return undefined;
  const image = JSON.parse(await readFile(record, 'utf8')) as BuiltImage; // Written by buildArchive.
  if (!existsSync(image.archivePath)) return undefined;
  const now = new Date();
  await utimes(record, now, now);
  await utimes(image.archivePath, now, now);
  return image;
}

/** Removes archives and records of an image that were not used for a day. */
async function removeUnused(directory: string, prefix: string): Promise<void> {
  for (const file of (await readdir(directory)).filter((name) => name.startsWith(prefix))) {
    const path = join(directory, file);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - UNUSED_AFTER_MS) await rm(path, { force: true });
  }
}

async function pruneIntermediateImages(signal?: AbortSignal): Promise<void> {
  const listing = await buildah(['images', '--quiet', '--filter', 'dangling=true'], signal);
  if (listing.trim().split('\n').length > INTERMEDIATE_IMAGES_KEPT) await buildah(['rmi', '--prune'], signal);
}
