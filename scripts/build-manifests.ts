import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../local-cluster/process/run-command.ts';

const CHART = join(import.meta.dirname, '..', 'helm');
const RELEASE = 'temperature-converter';
/** The namespace of the operator in the manifests. */
export const MANIFESTS_NAMESPACE = 'temperature-converter-system';

const HEADER = `# The operator of TemperatureConverters, without a converter. To install or upgrade:
#   kubectl apply --server-side -f install.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: ${MANIFESTS_NAMESPACE}
`;
/** Lines that are true only of a release of Helm. */
const OF_HELM = /^(?:# Source: .*| +(?:app\.kubernetes\.io\/managed-by: Helm|helm\.sh\/chart: .*))\n/gmu;

/** Renders the operator and its definition for `kubectl apply --server-side`, from a chart's directory or archive. */
export async function renderManifests(helm: string, chart: string = CHART): Promise<string> {
  const args = ['--namespace', MANIFESTS_NAMESPACE, '--include-crds', '--no-hooks', '--set', 'instance.enabled=false'];
  const rendered = await runCommand([helm, 'template', RELEASE, chart, ...args]);
  return `${HEADER}${rendered.replaceAll(OF_HELM, '')}`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      chart: { type: 'string', default: CHART },
      output: { type: 'string', default: join('dist', 'install.yaml') },
    },
  });
  await mkdir(dirname(values.output), { recursive: true });
  await writeFile(values.output, await renderManifests('helm', values.chart));
  console.log(values.output);
}
