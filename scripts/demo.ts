import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../local-cluster/cluster.ts';
import { buildProductImages } from '../local-cluster/images.ts';
import { CommandFailedError, runCommand } from '../local-cluster/process/run-command.ts';
import { ensureTools } from '../local-cluster/tools.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const CLUSTER = 'demo';
const RELEASE = 'temperature-converter';
const OPERATOR_NAMESPACE = 'temperature-converter-system';
const CONVERTER = 'another-port';
const SAMPLE = `samples/${CONVERTER}.yaml`;
const CONVERSION = '/api/convert-fahrenheit-to-celsius?fahrenheit=212';

const USAGE = `Usage: make demo [ARGS='FLAGS']

Starts a local cluster, builds the images, installs the chart, applies ${SAMPLE} and calls it.

  --existing-cluster         use the cluster of KUBECONFIG instead of a local one
  --context NAME             the context of that KUBECONFIG; implies --existing-cluster
  --operator-image IMAGE     the operator's image, which the existing cluster can pull
  --converter-image IMAGE    the converters' image, likewise
`;

/** The cluster of the demo, and how to use it. */
interface DemoCluster {
  readonly kubectl: string;
  readonly helm: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments that select the context, for kubectl and for Helm. */
  readonly kubectlArguments: readonly string[];
  readonly helmArguments: readonly string[];
  readonly images: { readonly operator: string | undefined; readonly converter: string | undefined };
  /** Sends a GET to the Service of the applied converter and returns the body. */
  request(path: string): Promise<string>;
  /** Commands that give a shell access to the cluster. */
  readonly shellSetup: readonly string[];
  readonly cleanUp: string;
}

type Flags = ReturnType<typeof parseFlags>;

const begunMs = performance.now();
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    log('stopping and cleaning up');
    stop.abort(new Error('stopped by a signal'));
  });
}

async function demo(flags: Flags, signal: AbortSignal): Promise<void> {
  const target = await (isExisting(flags) ? useExistingCluster(flags, signal) : useLocalCluster(signal));
  const kubectl = (...args: string[]): Promise<string> =>
    runCommand([target.kubectl, ...target.kubectlArguments, ...args], options(target), signal);
  log(`installing the chart: helm upgrade --install ${RELEASE} ./helm -n ${OPERATOR_NAMESPACE}`);
  await runCommand([target.helm, ...target.helmArguments, ...installArguments(target)], options(target), signal);
  log(`applying ${SAMPLE}`);
  await kubectl('apply', '-f', SAMPLE);
  log('waiting until it is ready');
  await kubectl('wait', '--for=condition=Ready', `temperatureconverter/${CONVERTER}`, '--timeout=180s');
  log(`calling it through its Service: GET ${CONVERSION}`);
  const answer = await target.request(CONVERSION);
  const table = await kubectl('get', 'temperatureconverters', '--all-namespaces');
  console.log(`\n${answer}\n\n$ kubectl get tc -A\n${table}\n${nextSteps(target)}`);
}

async function useLocalCluster(signal: AbortSignal): Promise<DemoCluster> {
  const cluster = await startCluster({ name: CLUSTER, log }, signal);
  const images = await buildProductImages(log, signal);
  log('loading the images into the cluster');
  await cluster.loadImage(images.operator, signal);
  await cluster.loadImage(images.service, signal);
  const kubectl = cluster.binary('kubectl');
  const environment = { KUBECONFIG: cluster.kubeconfigPath };
  return {
    kubectl,
    helm: cluster.binary('helm'),
    environment,
    kubectlArguments: [],
    helmArguments: [],
    images: { operator: images.operator.reference, converter: images.service.reference },
    request: async (path) => {
      const service = await runCommand(
        [kubectl, 'get', 'service', CONVERTER, '-o', 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}'],
        { env: { ...process.env, ...environment } },
        signal,
      );
      const program = `fetch('http://${service}${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
      return cluster.run([process.execPath, '-e', program], signal);
    },
    shellSetup: [`export KUBECONFIG=${cluster.kubeconfigPath}`, `export PATH=${join(kubectl, '..')}:$PATH`],
    cleanUp:
      'make demo-stop             # keeps the data for the next make demo\n  make demo-delete           # removes everything',
  };
}

async function useExistingCluster(flags: Flags, signal: AbortSignal): Promise<DemoCluster> {
  const { kubectl, helm } = await ensureTools(['kubectl', 'helm'], { log }, signal);
  const { context } = flags;
  const kubectlArguments = context === undefined ? [] : ['--context', context];
  return {
    kubectl,
    helm,
    environment: {},
    kubectlArguments,
    helmArguments: context === undefined ? [] : ['--kube-context', context],
    images: { operator: flags['operator-image'], converter: flags['converter-image'] },
    request: async (path) => {
      const namespace = await runCommand(
        [kubectl, ...kubectlArguments, 'config', 'view', '--minify', '-o', 'jsonpath={..namespace}'],
        {},
        signal,
      );
      const service = `/api/v1/namespaces/${namespace || 'default'}/services/${CONVERTER}:http/proxy${path}`;
      return runCommand([kubectl, ...kubectlArguments, 'get', '--raw', service], {}, signal);
    },
    shellSetup: [],
    cleanUp: `kubectl delete -f ${SAMPLE}; helm uninstall ${RELEASE} -n ${OPERATOR_NAMESPACE}`,
  };
}

function installArguments({ images }: DemoCluster): readonly string[] {
  return [
    'upgrade',
    '--install',
    RELEASE,
    './helm',
    `--namespace=${OPERATOR_NAMESPACE}`,
    '--create-namespace',
    '--wait',
    '--timeout=5m',
    ...imageArguments('operator', images.operator),
    ...imageArguments('converter', images.converter),
  ];
}

function imageArguments(component: string, image: string | undefined): readonly string[] {
  if (image === undefined) return [];
  const [, repository, tag] = /^(.+?)(?::([^:/@]+))?$/.exec(image) ?? [];
  const set = ['--set', `${component}.image.repository=${repository ?? image}`];
  return tag === undefined ? set : [...set, '--set-string', `${component}.image.tag=${tag}`];
}

function nextSteps({ shellSetup, cleanUp }: DemoCluster): string {
  const lines = [
    ...shellSetup,
    'kubectl get tc,deploy,svc,hpa           # the objects of the operator',
    `kubectl describe tc ${CONVERTER}         # its conditions and events`,
    'make load                               # load it for three minutes, and watch it scale to 5 replicas',
    `kubectl patch tc ${CONVERTER} --type=merge -p '{"spec":{"service":{"port":8081}}}'   # the Service follows`,
    `kubectl delete svc ${CONVERTER}          # the operator re-creates it`,
    `kubectl delete tc ${CONVERTER}           # deletes the converter and its children`,
    cleanUp,
  ];
  return `What to try next:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function options({ environment }: DemoCluster): { env: NodeJS.ProcessEnv; cwd: string } {
  return { env: { ...process.env, ...environment }, cwd: REPOSITORY };
}

function parseFlags(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      'existing-cluster': { type: 'boolean' },
      context: { type: 'string' },
      'operator-image': { type: 'string' },
      'converter-image': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

function isExisting(flags: Flags): boolean {
  return flags['existing-cluster'] === true || flags.context !== undefined;
}

function log(line: string): void {
  console.log(`[${((performance.now() - begunMs) / 1000).toFixed(0).padStart(3)} s] ${line}`);
}

try {
  const flags = parseFlags(process.argv.slice(2));
  if (flags.help === true) console.log(USAGE);
  else await demo(flags, stop.signal);
} catch (error) {
  // The output of a failed command says more than a stack trace.
  const isKnown = error instanceof CommandFailedError || stop.signal.aborted;
  console.error(`\ndemo: ${error instanceof Error && !isKnown ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
