import { CommandFailedError } from '../../../local-cluster/process/run-command.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { DemoError } from '../demo-error.ts';

/** What the demo does that only a cluster administrator may do. */
const PERMISSIONS = [
  'list nodes',
  'create namespaces',
  'create customresourcedefinitions.apiextensions.k8s.io',
  'create clusterroles.rbac.authorization.k8s.io',
  'create clusterrolebindings.rbac.authorization.k8s.io',
];

/** Throws a DemoError that names all permissions which the user of a context lacks. */
export async function checkPermissions(context: string, access: ClusterAccess, signal: AbortSignal): Promise<void> {
  const missing: string[] = [];
  for (const permission of PERMISSIONS) {
    if (!(await isAllowed(permission, access, signal))) missing.push(permission);
  }
  if (missing.length > 0) {
    throw new DemoError(
      `The user of the context ${context} may not ${missing.join(', ')}: use a context of a cluster administrator.`,
    );
  }
}

async function isAllowed(permission: string, { kubectl }: ClusterAccess, signal: AbortSignal): Promise<boolean> {
  try {
    await kubectl(['auth', 'can-i', ...permission.split(' '), '--all-namespaces', '--quiet'], signal);
    return true;
  } catch (error) {
    if (error instanceof CommandFailedError) return false;
    throw error;
  }
}
