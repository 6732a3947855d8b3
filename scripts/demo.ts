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

Brings up a local cluster, builds the images, installs the chart, applies ${SAMPLE} and calls it.

  --existing-cluster         use the cluster of KUBECONFIG instead of a local one
  --context NAME             the context of that KUBECONFIG; implies --existing-cluster
  --operator-image IMAGE     the operator's image, which an existing cluster must be able to pull
  --converter-image IMAGE    the converters' image, likewise
`;

/** The cluster that the demo shows the product on. */
interface Stage {
  readonly kubectl: string;
  readonly helm: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments that choose the context, for kubectl and for Helm. */
  readonly kubectlArguments: readonly string[];
  readonly helmArguments: readonly string[];
  readonly images: { readonly operator: string | undefined; readonly converter: string | undefined };
  /** Sends a GET to the Service of the applied converter and gives the body. */
  request(path: string): Promise<string>;
  /** What to type to use the cluster from a shell. */
  readonly shellSetup: readonly string[];
  readonly cleanUp: string;
}

type Flags = ReturnType<typeof parseFlags>;

const begunMs = performance.now();
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    say('stopping; what was begun is cleaned up');
    stop.abort(new Error('stopped by a signal'));
  });
}

async function demo(flags: Flags, signal: AbortSignal): Promise<void> {
  const stage = await (isExisting(flags) ? useExistingCluster(flags, signal) : useLocalCluster(signal));
  const kubectl = (...args: string[]): Promise<string> =>
    runCommand([stage.kubectl, ...stage.kubectlArguments, ...args], options(stage), signal);
  say(`installing the chart: helm upgrade --install ${RELEASE} ./helm -n ${OPERATOR_NAMESPACE}`);
  await runCommand([stage.helm, ...stage.helmArguments, ...installArguments(stage)], options(stage), signal);
  say(`applying ${SAMPLE}`);
  await kubectl('apply', '-f', SAMPLE);
  say('waiting until it is ready');
  await kubectl('wait', '--for=condition=Ready', `temperatureconverter/${CONVERTER}`, '--timeout=180s');
  say(`calling it through its Service: GET ${CONVERSION}`);
  const answer = await stage.request(CONVERSION);
  const table = await kubectl('get', 'temperatureconverters', '--all-namespaces');
  console.log(`\n${answer}\n\n$ kubectl get tc -A\n${table}\n${nextSteps(stage)}`);
}

async function useLocalCluster(signal: AbortSignal): Promise<Stage> {
  const cluster = await startCluster({ name: CLUSTER, log: say }, signal);
  const images = await buildProductImages(say, signal);
  say('loading the images into the cluster');
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
      'make demo-stop             # keeps its data for the next make demo\n  make demo-delete           # leaves nothing',
  };
}

async function useExistingCluster(flags: Flags, signal: AbortSignal): Promise<Stage> {
  const { kubectl, helm } = await ensureTools(['kubectl', 'helm'], { log: say }, signal);
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

function installArguments({ images }: Stage): readonly string[] {
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

function nextSteps({ shellSetup, cleanUp }: Stage): string {
  const lines = [
    ...shellSetup,
    'kubectl get tc,deploy,svc,hpa           # what the operator made',
    `kubectl describe tc ${CONVERTER}         # its conditions and events`,
    'make load                               # load it for three minutes, and see it grow to 5 replicas',
    `kubectl patch tc ${CONVERTER} --type=merge -p '{"spec":{"service":{"port":8081}}}'   # the Service follows`,
    `kubectl delete svc ${CONVERTER}          # it comes back`,
    `kubectl delete tc ${CONVERTER}           # everything of it goes`,
    cleanUp,
  ];
  return `What to try next:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function options({ environment }: Stage): { env: NodeJS.ProcessEnv; cwd: string } {
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

function say(line: string): void {
  console.log(`[${((performance.now() - begunMs) / 1000).toFixed(0).padStart(3)} s] ${line}`);
}

try {
  const flags = parseFlags(process.argv.slice(2));
  if (flags.help === true) console.log(USAGE);
  else await demo(flags, stop.signal);
} catch (error) {
  // A failed command's own output says more than where in this program it was run.
  const isKnown = error instanceof CommandFailedError || stop.signal.aborted;
  console.error(`\ndemo: ${error instanceof Error && !isKnown ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
