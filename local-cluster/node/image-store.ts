import { existsSync } from 'node:fs';
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
  const known = await ctr(containerd, ['images', 'ls', '--quiet'], {}, signal);
  if (known.split('\n').includes(image.reference)) return;
  await loadArchive(containerd, image.archivePath, signal);
}

/** Loads all images of an OCI archive into containerd, under the references that the archive names. */
export async function loadArchive(containerd: Daemon, archivePath: string, signal?: AbortSignal): Promise<void> {
  // Through standard input, since the archive may be outside of the node's file system.
  await ctr(containerd, ['images', 'import', '-'], { inputPath: archivePath }, signal);
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
