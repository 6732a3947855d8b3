import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { objectPath } from '../../controller-runtime/object/resource.ts';
import type { AppliedObject } from './built-in-objects.ts';

interface ApiResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** Resolves to the path of an object by API discovery, in the given namespace if its kind is namespaced. */
export async function findObjectPath(
  client: KubeClient,
  { apiVersion, kind, metadata }: AppliedObject,
  namespace: string,
): Promise<string> {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
  const { resources } = await client.send<ApiResourceList>({ method: 'GET', path });
  const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
  if (found === undefined) throw new Error(`the API server has no kind ${kind} in ${apiVersion}`);
  const { name: plural, namespaced } = found;
  return objectPath({ group, version, plural }, namespaced ? namespace : undefined, metadata.name);
}
