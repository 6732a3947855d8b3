import type { Kubectl } from '../../testing/kubectl.ts';

/** Kinds that change by themselves. */
const VOLATILE =
  /^(?:events|leases|endpoints|endpointslices|controllerrevisions|pods|nodes|.*\.metrics\.k8s\.io)(?:\.|$)/u;

/** The objects of the cluster, as KIND NAMESPACE/NAME, apart from kinds that change by themselves. */
export async function listObjects(kubectl: Kubectl): Promise<readonly string[]> {
  const kinds = (await kubectl('api-resources', '--verbs=list', '-o', 'name')).trim().split('\n');
  const listed = kinds.filter((kind) => !VOLATILE.test(kind)).join(',');
  const template = '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\n"}{end}';
  const text = await kubectl('get', listed, '--all-namespaces', '-o', `jsonpath=${template}`);
  return text.trim().split('\n').toSorted();
}
