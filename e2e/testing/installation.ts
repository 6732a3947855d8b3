import { join } from 'node:path';
import { type LocalCluster, startCluster } from '../../local-cluster/cluster.ts';
import { buildProductImages } from '../../local-cluster/images.ts';
import { runCommand } from '../../local-cluster/process/run-command.ts';
import { ensureTools } from '../../local-cluster/tools.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const REQUEST_PROGRAM = join(import.meta.dirname, 'request.ts');

/** The name of the cluster of the end-to-end tests; scripts/test.ts starts it before them and deletes it afterwards. */
export const TEST_CLUSTER = process.env['TEST_CLUSTER'] ?? 'test';
/** Its nodes. */
export const TEST_NODES = 2;
/** The Helm release that the tests share. */
export const RELEASE = 'temperature-converter';
/** The namespace of the shared release. */
export const OPERATOR_NAMESPACE = 'temperature-converter-system';
/** The Deployment and service account of the shared release's operator. */
export const OPERATOR_NAME = `${RELEASE}-operator`;

/** A label selector for the operator's pods. */
export const OPERATOR_PODS = 'app.kubernetes.io/component=operator';

/** The supported versions of Helm, and the method of an Installation that runs each. */
export const HELMS = [
  ['Helm 4', 'helm'],
  ['Helm 3', 'helm3'],
] as const;

/** The response to a request from inside the cluster's network. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The values of the chart that select images. */
export interface ImageValues {
  readonly operator: { readonly image: ImageValue };
  readonly converter: { readonly image: ImageValue };
}

interface ImageValue {
  readonly repository: string;
  readonly tag: string;
}

/** A cluster with the product's images, and a namespace for a test file. */
export interface Installation {
  readonly cluster: LocalCluster;
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** The Helm arguments that select the locally built images. */
  readonly imageValues: readonly string[];
  /** The same as values of the chart. */
  readonly images: ImageValues;
  /** Runs Helm 4 and returns its output. */
  readonly helm: (...args: readonly string[]) => Promise<string>;
  /** Runs Helm 3 and returns its output. */
  readonly helm3: (...args: readonly string[]) => Promise<string>;
  /** Sends a GET from a node, by default the first, to the cluster IP of a Service in the namespace. */
  request(service: string, port: number, path: string, node?: string): Promise<Answer>;
  /** Deletes the namespace; its pods end while the next file runs. */
  remove(): Promise<void>;
}

/**
 * Creates a namespace; starts the cluster, builds the images and installs the shared release if missing. The release has
 * these values, `--set` arguments of Helm, until another test installs it.
 */
export async function install(namespace: string, values: readonly string[] = []): Promise<Installation> {
  const installation = await connect(namespace);
  const { helm, imageValues } = installation;
  const release = ['upgrade', '--install', RELEASE, './helm', '-n', OPERATOR_NAMESPACE, '--create-namespace'];
  await helm(...release, '--wait', '--timeout', '3m', '--set', 'instance.enabled=false', ...imageValues, ...values);
  return installation;
}

/** Creates a namespace; starts the cluster and builds the images if missing. Installs no release. */
export async function connect(namespace: string): Promise<Installation> {
  const cluster = await startCluster({ name: TEST_CLUSTER, nodes: TEST_NODES });
  const built = await buildProductImages(() => undefined);
  await Promise.all([cluster.loadImage(built.operator), cluster.loadImage(built.service)]);
  const images: ImageValues = {
    operator: { image: imageValue(built.operator.reference) },
    converter: { image: imageValue(built.service.reference) },
  };
  const kubectl = createKubectl(cluster.binary('kubectl'), cluster.kubeconfigPath);
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfigPath };
  const { helm3 } = await ensureTools(['helm3']);
  // An earlier run on the same cluster may have left it.
  await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s');
  await kubectl('create', 'namespace', namespace);
  return {
    cluster,
    kubectl,
    namespace,
    imageValues: Object.entries(images).flatMap(([component, { image }]) => imageArguments(component, image)),
    images,
    helm: (...args) => runCommand([cluster.binary('helm'), ...args], { env, cwd: REPOSITORY }),
    helm3: (...args) => runCommand([helm3, ...args], { env, cwd: REPOSITORY }),
    request: async (service, port, path, node) => {
      const ip = await kubectl('get', 'service', service, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
      const url = `http://${ip}:${port}${path}`;
      // SAFETY: the output of request.ts.
      return JSON.parse(await runCommand(cluster.inNetwork([process.execPath, REQUEST_PROGRAM, url], node))) as Answer;
    },
    remove: async () => {
      await kubectl('delete', 'namespace', namespace, '--wait=false');
    },
  };
}

function imageValue(reference: string): ImageValue {
  const colon = reference.lastIndexOf(':');
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

function imageArguments(component: string, { repository, tag }: ImageValue): readonly string[] {
  return ['--set', `${component}.image.repository=${repository}`, '--set-string', `${component}.image.tag=${tag}`];
}
