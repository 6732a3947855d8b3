import { eventually } from '../../../controller-runtime/testing/eventually.ts';
import type { Kubectl } from '../../testing/kubectl.ts';

const ESTABLISHED_TIMEOUT_MS = 60_000;

/** Applies files of CustomResourceDefinitions, and waits until the API server serves the kinds. */
export async function installCrds(kubectl: Kubectl, files: readonly string[]): Promise<void> {
  // Some are too large for the annotation of a client-side apply.
  await kubectl('apply', '--server-side', ...files);
  // A definition that has no status yet fails kubectl at once.
  await eventually(
    () => kubectl('wait', ...files, '--for=condition=Established', '--timeout=5s'),
    ESTABLISHED_TIMEOUT_MS,
  );
}
