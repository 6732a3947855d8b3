import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltImage } from '../../local-cluster/images/built-image.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';

/** The configuration of an image (OCI image specification). */
export interface ImageConfig {
  readonly architecture: string;
  readonly config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[];
    readonly ExposedPorts?: Readonly<Record<string, object>>;
    readonly Labels?: Readonly<Record<string, string>>;
  };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/** A file, a directory or a link in an image. */
export interface ImageFile {
  readonly path: string;
  /** In the format of `ls -l`. */
  readonly mode: string;
  /** Numeric user and group. */
  readonly owner: string;
  readonly bytes: number;
}

/** The configuration and files of an image. */
export interface ImageContent {
  readonly config: ImageConfig;
  /** The files of all layers, the lowest layer first. */
  readonly files: readonly ImageFile[];
  /** The size in a registry: the sum of the image's blobs. */
  readonly bytes: number;
  /** Reads a text file; the path has no leading slash. */
  readText(path: string): Promise<string>;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

/** Unpacks an OCI archive, passes its content to `use`, and removes the unpacked files. */
export async function withImageContent<T>(
  { archivePath }: BuiltImage,
  use: (content: ImageContent) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    await runCommand(['tar', '-xf', archivePath, '-C', directory]);
    return await use(await readContent(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function readContent(directory: string): Promise<ImageContent> {
  const blob = ({ digest }: Descriptor): string => join(directory, 'blobs', digest.replace(':', '/'));
  // SAFETY: the documents of the OCI image format.
  const index = await readJson<{ manifests: readonly [Descriptor] }>(join(directory, 'index.json'));
  const manifest = await readJson<{ config: Descriptor; layers: readonly Descriptor[] }>(blob(index.manifests[0]));
  const layers = manifest.layers.map(blob);
  const listings = await Promise.all(layers.map((layer) => runCommand(['tar', '-tvf', layer, '--numeric-owner'])));
  return {
    config: await readJson<ImageConfig>(blob(manifest.config)),
    files: listings.flatMap((listing) => listing.trimEnd().split('\n').map(parseFile)),
    bytes: [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
    readText: async (path) => {
      const layer = listings.findLastIndex((listing) =>
        listing.split('\n').some((line) => parseFile(line).path === path),
      );
      return runCommand(['tar', '-xOf', layers[layer] ?? '', path]);
    },
  };
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T; // SAFETY: the caller names the type of the file.
}

/** Parses a line of `tar -tv`: mode, owner, size, date, time, path and link target. */
function parseFile(line: string): ImageFile {
  const [mode = '', owner = '', bytes = '', , , ...rest] = line.split(/\s+/);
  const [path = ''] = rest.join(' ').split(/ -> | link to /);
  return { mode, owner, bytes: Number(bytes), path: path.replace(/\/$/, '') };
}
