import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import type { TemperatureConverter } from '../../operator/api/temperature-converter.ts';
import { type Kubectl, KubectlError } from './kubectl.ts';

/** The converter that receives the load, and its children. */
export interface LoadTarget {
  readonly converter: TemperatureConverter;
  readonly service: V1Service;
  readonly deployment: V1Deployment;
}

/** A converter that cannot be loaded; the message says what to do. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** Reads a converter and its children; throws a TargetError if there is none or it is not ready. */
export async function findTarget(kubectl: Kubectl, name: string, signal: AbortSignal): Promise<LoadTarget> {
  const converter = await readConverter(kubectl, name, signal);
  checkReady(converter);
  const children = ['get', `service/${name}`, `deployment/${name}`, '--output=json'];
  // SAFETY: kubectl lists both, in this order, or fails.
  const list = JSON.parse(await kubectl.run(children, signal)) as { items: [V1Service, V1Deployment] };
  const [service, deployment] = list.items;
  return { converter, service, deployment };
}

async function readConverter(kubectl: Kubectl, name: string, signal: AbortSignal): Promise<TemperatureConverter> {
  const found = await kubectl
    .run(['get', 'temperatureconverters', name, '--ignore-not-found', '--output=json'], signal)
    .catch(explain);
  // SAFETY: the kind that kubectl was asked for.
  if (found !== '') return JSON.parse(found) as TemperatureConverter;
  const names = await kubectl.run(['get', 'temperatureconverters', '--output=name'], signal);
  const others = names.trim().split('\n').slice(0, 10);
  const suggestion =
    names === ''
      ? 'The namespace has none.'
      : `The namespace has ${others.map((path) => path.split('/').at(-1)).join(', ')}.`;
  throw new TargetError(`There is no TemperatureConverter ${name}. ${suggestion} Use --name and --namespace.`);
}

/** The URL that converts temperatures. By address, since names do not resolve where a NetworkPolicy denies DNS. */
export function urlOf({ converter, service }: LoadTarget): string {
  const address = service.spec?.clusterIP ?? '';
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${converter.spec.service.port}/api/convert-fahrenheit-to-celsius`;
}

function checkReady({ metadata, status }: TemperatureConverter): void {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return;
  const why = ready === undefined ? 'the operator has not reported a status' : `${ready.reason}: ${ready.message}`;
  throw new TargetError(
    `The converter ${metadata.namespace}/${metadata.name} is not ready: ${why}\nWait for it: kubectl wait --for=condition=Ready -n ${metadata.namespace} tc/${metadata.name}`,
  );
}

function explain(error: unknown): never {
  if (!(error instanceof KubectlError)) throw error;
  if (error.message.includes('the server doesn\'t have a resource type "temperatureconverters"')) {
    throw new TargetError(
      'The cluster has no TemperatureConverters: install the operator first, for instance with make demo.',
      { cause: error },
    );
  }
  throw new TargetError(
    `kubectl cannot read the TemperatureConverters: ${error.message}\nSet KUBECONFIG, or --context, to a cluster that you may read.`,
    { cause: error },
  );
}
