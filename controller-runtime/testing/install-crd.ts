import type { KubeClient } from '../client/client.ts';
import { collectionPath, objectPath, type Resource } from '../object/resource.ts';
import { eventually } from './eventually.ts';

const DEFINITIONS: Resource = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };

/** A CustomResourceDefinition (apiextensions.k8s.io/v1), as far as it is read here. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/**
 * Applies a CustomResourceDefinition, and resolves when the API server serves its resource. Rejects with an ApiError if the
 * API server refuses the definition.
 */
export async function installCrd(client: KubeClient, definition: CustomResourceDefinition): Promise<void> {
  const { group, names, versions } = definition.spec;
  await client.send({
    method: 'PATCH',
    path: objectPath(DEFINITIONS, undefined, definition.metadata.name),
    query: { fieldManager: client.fieldManager, force: 'true' },
    body: definition,
    bodyType: 'application/apply-patch+yaml',
  });
  // Once established, a resource is not found for a moment, and then its storage is initialized.
  for (const { name: version } of versions.filter(({ served }) => served)) {
    await eventually(() =>
      client.send({ method: 'GET', path: collectionPath({ group, version, plural: names.plural }) }),
    );
  }
}
