import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildContext, fingerprintOf, writeContext } from './build-context.ts';
import { buildah, imageCacheDirectory } from './buildah.ts';

/** An image in a file, for a container runtime to load. */
export interface BuiltImage {
  /** localhost/NAME:FINGERPRINT, where another fingerprint means another content. */
  readonly reference: string;
  /** An OCI archive that knows its reference. */
  readonly archivePath: string;
}

const UNUSED_AFTER_MS = 24 * 3600 * 1000;

/** Builds an image into an archive; returns at once when one of the same inputs is there. */
export async function buildArchive(
  name: string,
  context: BuildContext,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<BuiltImage> {
  const fingerprint = await fingerprintOf(context);
  const reference = `localhost/${name}:${fingerprint}`;
  const directory = join(imageCacheDirectory(), 'archives');
  const archiveName = name.replaceAll('/', '-');
  const archivePath = join(directory, `${archiveName}-${fingerprint}.tar`);
  if (existsSync(archivePath)) {
    const now = new Date();
    await utimes(archivePath, now, now);
    return { reference, archivePath };
  }
  await mkdir(directory, { recursive: true });
  await buildInStorage(reference, context, log, signal);
  const unfinished = `${archivePath}.${process.pid}.unfinished`;
  try {
    await buildah(['push', '--quiet', reference, `oci-archive:${unfinished}:${reference}`], signal);
    await rename(unfinished, archivePath);
  } finally {
    await rm(unfinished, { force: true });
  }
  await removeUnused(directory, archiveName, archivePath);
  return { reference, archivePath };
}

/** Builds an image for other builds to start from; returns its reference, at once when it is in the storage already. */
export async function buildBase(
  name: string,
  context: BuildContext,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const reference = `localhost/${name}:${await fingerprintOf(context)}`;
  const known = await buildah(['images', '--format', '{{.Name}}:{{.Tag}}'], signal);
  if (!known.split('\n').includes(reference)) await buildInStorage(reference, context, log, signal);
  return reference;
}

async function buildInStorage(
  reference: string,
  context: BuildContext,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  log(`building the image ${reference}`);
  await mkdir(imageCacheDirectory(), { recursive: true });
  const directory = await mkdtemp(join(imageCacheDirectory(), 'context-'));
  try {
    await writeContext(context, directory);
    const buildArguments = Object.entries(context.buildArguments).flatMap(([name, value]) => [
      '--build-arg',
      `${name}=${value}`,
    ]);
    // With a fixed time the same inputs give the same layers, byte for byte, as far as their tools do.
    const options = ['--isolation', 'chroot', '--layers', '--force-rm', '--timestamp', '0', '--tag', reference];
    await buildah(['bud', ...options, ...buildArguments, directory], signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes archives of earlier versions of an image that nobody asked for since yesterday. */
async function removeUnused(directory: string, name: string, current: string): Promise<void> {
  for (const file of await readdir(directory)) {
    const path = join(directory, file);
    if (!file.startsWith(`${name}-`) || path === current) continue;
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - UNUSED_AFTER_MS) await rm(path, { force: true });
  }
}
