import type { V1Container, V1Deployment, V1EnvVar } from '@kubernetes/client-node';
import { DEPLOYMENT } from '../../controller-runtime/apply/builtin-kinds.ts';
import type { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiError } from '../../controller-runtime/client/errors.ts';
import type { ObjectList } from '../../controller-runtime/object/object.ts';
import { collectionPath } from '../../controller-runtime/object/resource.ts';
import { type Configuration, ConfigurationError, parseConfiguration } from '../commands/configuration.ts';

/** The labels of the operator's Deployment in the chart and in install.yaml. */
const SELECTOR = 'app.kubernetes.io/part-of=temperature-converter,app.kubernetes.io/component=operator';
const CONTAINER = 'operator';

/** An operator that is deployed in the cluster. */
export interface DeployedOperator {
  readonly namespace: string;
  readonly name: string;
  readonly converterImage: string;
  /** Empty for all namespaces. */
  readonly watchNamespaces: readonly string[];
  readonly version: string | undefined;
}

/**
 * Finds the operators of the cluster by their Deployments, with the configuration that their flags and variables give.
 * Resolves to undefined if the user may not list Deployments in all namespaces.
 */
export async function findOperators(
  client: KubeClient,
  signal: AbortSignal,
): Promise<readonly DeployedOperator[] | undefined> {
  const path = collectionPath(DEPLOYMENT.resource);
  try {
    const list = await client.send<ObjectList<V1Deployment>>(
      { method: 'GET', path, query: { labelSelector: SELECTOR } },
      signal,
    );
    return list.items.flatMap((deployment) => operatorOf(deployment) ?? []);
  } catch (error) {
    if (error instanceof ApiError && error.code === 403) return undefined;
    throw error;
  }
}

function operatorOf({ metadata, spec }: V1Deployment): DeployedOperator | undefined {
  const container = spec?.template.spec?.containers.find(({ name }) => name === CONTAINER);
  const { namespace = '', name = '', labels } = metadata ?? {};
  const configuration = container && configurationOf(container, namespace);
  if (configuration === undefined) return undefined;
  const { converterImage, watchNamespaces } = configuration;
  return { namespace, name, converterImage, watchNamespaces, version: labels?.['app.kubernetes.io/version'] };
}

function configurationOf({ args = [], env = [] }: V1Container, namespace: string): Configuration | undefined {
  // The first argument is the command.
  const flags = args.filter((arg) => arg !== 'run');
  try {
    return parseConfiguration(flags, { POD_NAMESPACE: namespace, ...valuesOf(env) });
  } catch (error) {
    // Such an operator does not start either.
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

function valuesOf(env: readonly V1EnvVar[]): Readonly<Record<string, string>> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
}
