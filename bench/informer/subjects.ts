import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { KubeClient } from '../../controller-runtime/client/client.ts';
import { ApiServerConnection } from '../../controller-runtime/client/connection.ts';
import { systemClock } from '../../controller-runtime/clock/clock.ts';
import { ObjectStore } from '../../controller-runtime/cache/object-store.ts';
import { RecordedLog } from '../../controller-runtime/testing/recorded-log.ts';
import { Reflector } from '../../controller-runtime/cache/reflector.ts';
import { NAMESPACE } from './api-server.ts';

/** The resource version of each object, by name. */
export type State = ReadonlyMap<string, string>;

/** The state of a subject. */
export interface Knowledge {
  /** The content of its cache. */
  readonly cached: State;
  /** The objects according to the notifications of its event handlers. */
  readonly notified: State;
}

/** Starts to watch the ConfigMaps of a server. The returned function reads the current state. */
export type Subject = (serverUrl: string) => () => Knowledge;

/** As in the example of client-node (examples/typescript/informer/informer.ts). */
const RESTART_DELAY_MS = 5_000;

/** The compared subjects. */
export const SUBJECTS = {
  'client-node, restarted on error': (serverUrl) => startInformer(serverUrl, true),
  'client-node, no error handler': (serverUrl) => startInformer(serverUrl, false),
  'this runtime': startReflector,
} as const satisfies Readonly<Record<string, Subject>>;

/** A subject, by the title of its column. */
export type SubjectName = keyof typeof SUBJECTS;

function startInformer(serverUrl: string, isRestarted: boolean): () => Knowledge {
  const config = kubeConfigOf(serverUrl);
  const api = config.makeApiClient(CoreV1Api);
  const listFn = () => api.listNamespacedConfigMap({ namespace: NAMESPACE });
  const informer = makeInformer(config, `/api/v1/namespaces/${NAMESPACE}/configmaps`, listFn);
  const notified = new Map<string, string>();
  const note = ({ metadata }: V1ConfigMap): void => {
    notified.set(metadata?.name ?? '', metadata?.resourceVersion ?? '');
  };
  informer.on('add', note);
  informer.on('update', note);
  informer.on('delete', ({ metadata }) => notified.delete(metadata?.name ?? ''));
  if (isRestarted) informer.on('error', () => setTimeout(() => void informer.start(), RESTART_DELAY_MS));
  void informer.start();
  return () => ({
    cached: new Map(informer.list().map(({ metadata }) => [metadata?.name ?? '', metadata?.resourceVersion ?? ''])),
    notified,
  });
}

function startReflector(serverUrl: string): () => Knowledge {
  const store = new ObjectStore();
  const notified = new Map<string, string>();
  store.onChange(({ type, object: { metadata } }) => {
    if (type === 'deleted') notified.delete(metadata.name);
    else notified.set(metadata.name, metadata.resourceVersion);
  });
  const reflector = new Reflector({
    client: new KubeClient({ connection: new ApiServerConnection(kubeConfigOf(serverUrl)), userAgent: 'bench/1' }),
    selection: { resource: { group: '', version: 'v1', plural: 'configmaps' }, namespace: NAMESPACE },
    store,
    trim: ({ metadata }) => ({ metadata }),
    clock: systemClock,
    random: Math.random,
    log: new RecordedLog(),
  });
  void reflector.run(new AbortController().signal);
  return () => ({
    cached: new Map([...store.list()].map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
    notified,
  });
}

function kubeConfigOf(server: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'bench', server, skipTLSVerify: true }, { name: 'bench' });
  return config;
}
