import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltImage } from '../images/built-image.ts';
import type { Daemon } from '../process/daemon.ts';
import { runCommand } from '../process/run-command.ts';
import { enterFilesystemOf, NODE_PATHS } from './node-filesystem.ts';

/** Whether containerd responds. */
export async function isContainerdReady(containerd: Daemon, signal?: AbortSignal): Promise<boolean> {
  // A client that connects too early waits seconds before its next try.
  if (!existsSync(`/proc/${containerd.pid}/root${NODE_PATHS.containerdSocket}`)) return false;
  try {
    await ctr(containerd, ['version'], {}, signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** Loads an image into containerd for pods to use by its reference, unless it exists. */
export async function loadImage(containerd: Daemon, image: BuiltImage, signal?: AbortSignal): Promise<void> {
  if ((await listImages(containerd, signal)).includes(image.reference)) return;
  await loadArchive(containerd, image.archivePath, signal);
}

/** Loads all images of an OCI archive into containerd, under the references that the archive names. */
export async function loadArchive(containerd: Daemon, archivePath: string, signal?: AbortSignal): Promise<void> {
  // Through standard input, since the archive may be outside of the node's file system.
  await ctr(containerd, ['images', 'import', '-'], { inputPath: archivePath }, signal);
}

/** Copies the images that one node's containerd has and another one's lacks; `nodeDirectory` is that of the first. */
export async function copyMissingImages(
  from: { readonly containerd: Daemon; readonly nodeDirectory: string },
  to: Daemon,
  signal?: AbortSignal,
): Promise<void> {
  const known = new Set(await listImages(to, signal));
  // The kubelet refers to the images that it pulled by a digest too: these names have no archive of their own.
  const missing = (await listImages(from.containerd, signal)).filter(
    (name) => !known.has(name) && !/^sha256:|@/u.test(name),
  );
  if (missing.length === 0) return;
  const archivePath = join(from.nodeDirectory, 'images.tar');
  try {
    await ctr(from.containerd, ['images', 'export', `${NODE_PATHS.node}/images.tar`, ...missing], {}, signal);
    await loadArchive(to, archivePath, signal);
  } finally {
    await rm(archivePath, { force: true });
  }
}

async function listImages(containerd: Daemon, signal?: AbortSignal): Promise<readonly string[]> {
  const list = await ctr(containerd, ['images', 'ls', '--quiet'], {}, signal);
  return list.split('\n').filter((name) => name !== '');
}

function ctr(
  containerd: Daemon,
  argv: readonly string[],
  options: { readonly inputPath?: string },
  signal?: AbortSignal,
): Promise<string> {
  const command = ['ctr', '--address', NODE_PATHS.containerdSocket, '--namespace', 'k8s.io', ...argv];
  return runCommand(enterFilesystemOf(containerd.pid, command), options, signal);
}
