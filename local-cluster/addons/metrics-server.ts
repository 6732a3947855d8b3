import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlaneSite } from '../control-plane/site.ts';
import type { BuiltImage } from '../images/built-image.ts';
import { runCommand } from '../process/run-command.ts';
import { clientEnvironment } from './client-environment.ts';

/** The values for metrics-server's chart. */
export function metricsServerValues(image: BuiltImage): object {
  const [repository, tag] = image.reference.split(/:(?=[^:]*$)/u);
  return {
    image: { repository, tag, pullPolicy: 'Never' },
    // The default of the chart is 20 seconds.
    readinessProbe: { initialDelaySeconds: 0, periodSeconds: 2 },
    defaultArgs: [
      '--cert-dir=/tmp',
      '--kubelet-preferred-address-types=InternalIP',
      '--kubelet-use-node-status-port',
      // The resolution must be longer than the timeout, or metrics-server does not start.
      '--metric-resolution=10s',
      '--kubelet-request-timeout=5s',
      // The kubelet's serving certificate is self-signed.
      '--kubelet-insecure-tls',
    ],
  };
}

/** Installs metrics-server from the chart in its Go module, or updates its image. */
export async function installMetricsServer(
  tools: { readonly helm: string; readonly chart: string },
  site: ControlPlaneSite,
  image: BuiltImage,
  signal?: AbortSignal,
): Promise<void> {
  const values = join(site.stateDirectory, 'metrics-server-values.json');
  await writeFile(values, JSON.stringify(metricsServerValues(image)));
  const argv = [
    'upgrade',
    '--install',
    'metrics-server',
    tools.chart,
    '--namespace',
    'kube-system',
    '--values',
    values,
  ];
  await runCommand([tools.helm, ...argv], { env: clientEnvironment(site.stateDirectory) }, signal);
}
