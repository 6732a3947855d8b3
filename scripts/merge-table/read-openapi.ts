import type { KubeClient } from '../../controller-runtime/client/client.ts';
import type { OpenApiDocument } from './openapi.ts';

interface Discovery {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

/** Reads the OpenAPI of every version of every group that the API server has. */
export async function readOpenApi(client: KubeClient): Promise<readonly OpenApiDocument[]> {
  const { paths } = await client.send<Discovery>({ method: 'GET', path: '/openapi/v3' });
  const documents: OpenApiDocument[] = [];
  for (const [group, { serverRelativeURL }] of Object.entries(paths)) {
    if (!/^apis?\/(?:[^/]+\/)?v\d/.test(group)) continue;
    const { pathname, searchParams } = new URL(serverRelativeURL, 'https://server');
    documents.push(await client.send({ method: 'GET', path: pathname, query: Object.fromEntries(searchParams) }));
  }
  return documents;
}
