import { join } from 'node:path';
import { type LocalCluster, startCluster } from '../../local-cluster/cluster.ts';
import { buildProductImages } from '../../local-cluster/images.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const REQUEST_PROGRAM = join(import.meta.dirname, 'request.ts');

/** The cluster of the end-to-end tests; scripts/test.ts starts it before them and deletes it afterwards. */
export const TEST_CLUSTER = 'test';
/** The release that the tests share. */
export const RELEASE = 'temperature-converter';
/** Where that release is. */
export const OPERATOR_NAMESPACE = 'temperature-converter-system';
/** The operator of that release: its Deployment and its service account. */
export const OPERATOR_NAME = `${RELEASE}-operator`;

/** Selects the pods of that operator. */
export const OPERATOR_PODS = 'app.kubernetes.io/component=operator';

/** Both versions of Helm that people use, and the name by which an Installation runs each. */
export const HELMS = [
  ['Helm 4', 'helm'],
  ['Helm 3', 'helm3'],
] as const;

/** An answer to a request that was sent from inside of the cluster's network. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A real cluster with the images in it, and a namespace to work in. */
export interface Installation {
  readonly cluster: LocalCluster;
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** The arguments that make the chart use the images that were built here. */
  readonly imageValues: readonly string[];
  /** Runs Helm 4 and gives what it printed. */
  readonly helm: (...args: readonly string[]) => Promise<string>;
  /** Runs Helm 3 and gives what it printed. */
  readonly helm3: (...args: readonly string[]) => Promise<string>;
  /** Sends a GET from inside of the cluster's network to a Service of the namespace, by its cluster IP. */
  request(service: string, port: number, path: string): Promise<Answer>;
  /** Deletes the namespace and waits until it is gone. */
  remove(): Promise<void>;
}

/** Brings up the cluster, the images and the shared release where they are not there yet, and makes a namespace. */
export async function install(namespace: string): Promise<Installation> {
  const installation = await connect(namespace);
  const { helm, imageValues } = installation;
  const release = ['upgrade', '--install', RELEASE, './helm', '-n', OPERATOR_NAMESPACE, '--create-namespace'];
  await helm(...release, '--wait', '--timeout', '3m', '--set', 'instance.enabled=false', ...imageValues);
  return installation;
}

/** Brings up the cluster and the images where they are not there yet, and makes a namespace; installs nothing. */
export async function connect(namespace: string): Promise<Installation> {
  const cluster = await startCluster({ name: TEST_CLUSTER });
  const images = await buildProductImages(() => undefined);
  await Promise.all([cluster.loadImage(images.operator), cluster.loadImage(images.service)]);
  const kubectl = createKubectl(cluster.binary('kubectl'), cluster.kubeconfigPath);
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
  const { helm3 } = await ensureTools(['helm3']);
  await kubectl('create', 'namespace', namespace);
  return {
    cluster,
    kubectl,
    namespace,
    imageValues: [
      ...imageValue('operator', images.operator.reference),
      ...imageValue('converter', images.service.reference),
    ],
    helm: (...args) => runCommand([cluster.binary('helm'), ...args], { env, cwd: REPOSITORY }),
    helm3: (...args) => runCommand([helm3, ...args], { env, cwd: REPOSITORY }),
    request: async (service, port, path) => {
      const ip = await kubectl('get', 'service', service, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
      const url = `http://${ip}:${port}${path}`;
      // SAFETY: what the program prints.
      return JSON.parse(await cluster.run([process.execPath, REQUEST_PROGRAM, url])) as Answer;
    },
    remove: async () => {
      await kubectl('delete', 'namespace', namespace, '--timeout=120s');
    },
  };
}

function imageValue(component: 'operator' | 'converter', reference: string): readonly string[] {
  const colon = reference.lastIndexOf(':');
  return [
    '--set',
    `${component}.image.repository=${reference.slice(0, colon)}`,
    '--set-string',
    `${component}.image.tag=${reference.slice(colon + 1)}`,
  ];
}
