import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { type LoadTarget, urlOf } from './load-target.ts';
import type { LoadOptions } from './options.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, 'send-requests.js'), 'utf8');
/** The name of the container that sends the requests. */
export const LOAD_CONTAINER = 'load';
/** The label of load pods: its value is the converter's name. */
export const LOAD_LABEL = 'temperature-converter.io/load';
/** Time for pulling the image, in addition to the load itself. */
const START_SECONDS = 300;

/** What a load pod needs to know beyond its target. */
export type LoadPodOptions = Pick<LoadOptions, 'connections' | 'seconds' | 'image' | 'labels'>;

/** Builds the pod that sends requests to a converter. It meets the Pod Security Standard `restricted`, and ends by itself. */
export function buildLoadPod(target: LoadTarget, options: LoadPodOptions, suffix: string): V1Pod {
  const { name, namespace } = target.converter.metadata;
  const image = options.image ?? target.converter.status?.image ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name.slice(0, 50)}-load-${suffix}`,
      namespace,
      // Not the converter's labels: its Service must not select this pod.
      labels: { ...options.labels, 'app.kubernetes.io/name': 'temperature-converter-load', [LOAD_LABEL]: name },
    },
    spec: {
      ...placementOf(target),
      restartPolicy: 'Never',
      activeDeadlineSeconds: options.seconds + START_SECONDS,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: LOAD_CONTAINER,
          image,
          imagePullPolicy: options.image === undefined ? pullPolicyOf(target) : 'IfNotPresent',
          command: ['node', '--input-type=module', '--eval', PROGRAM],
          args: [urlOf(target), String(options.connections), String(options.seconds)],
          // The limits are for quotas that require them.
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

function pullPolicyOf({ deployment }: LoadTarget): string {
  return deployment.spec?.template.spec?.containers[0]?.imagePullPolicy ?? 'IfNotPresent';
}

/** Where the converter's image can be pulled and runs, the load pod's can, too. */
function placementOf({ deployment }: LoadTarget): Partial<V1PodSpec> {
  const { imagePullSecrets, serviceAccountName, nodeSelector, tolerations } = deployment.spec?.template.spec ?? {};
  return {
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(tolerations === undefined ? {} : { tolerations }),
  };
}
