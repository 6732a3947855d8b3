import { FIELD_MANAGER } from '../children/labels.ts';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../../controller-runtime/client/connection.ts';

/** Which configuration a user chooses. */
export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** Reads with the credentials of a user. */
export interface UserClient extends Disposable {
  readonly client: KubeClient;
  /** The namespace of the context. */
  readonly namespace: string;
}

/** Connects with a user's kubeconfig, to read only; throws an Error if there is none, or no such context. */
export function connectAsUser(choice: ClusterChoice): UserClient {
  const config = loadKubeConfig(choice);
  const connection = new ApiServerConnection(config);
  return {
    client: new KubeClient({ connection, userAgent: `${FIELD_MANAGER}/kubectl-tc`, mayWrite: () => false }),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    [Symbol.dispose]: () => connection.close(),
  };
}
