import { type Logger as PinoLogger, pino } from 'pino';
import {
  type Configuration,
  ConfigurationError,
  describeFlags,
  LOG_LEVELS,
  parseConfiguration,
  parseConnectionConfiguration,
} from './commands/configuration.ts';
import { applyCrd } from './commands/crd-installer.ts';
import { type Output, outputOf } from './commands/output.ts';
import { runPlan } from './commands/plan.ts';
import type { Manager } from '../controller-runtime/manager/manager.ts';
import { createBatchedOutput } from './commands/batched-output.ts';
import { serveHealth, serveMetrics } from '../controller-runtime/manager/pages.ts';
import { shutdownSignal } from '../controller-runtime/manager/shutdown-signal.ts';
import { createOperator } from './operator.ts';
import { KubeClient } from '../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../controller-runtime/client/connection.ts';
import { systemClock } from '../controller-runtime/clock/clock.ts';
import { serveDebug } from '../controller-runtime/server/debug-server.ts';
import type { PageServer } from '../controller-runtime/server/http-server.ts';

const VERSION = process.env['PACKAGE_VERSION'] ?? 'development';
const USER_AGENT = `temperature-converter-operator/${VERSION}`;
const CRD_FILE = new URL('../crds/temperatureconverters.yaml', import.meta.url);
const EXIT_USAGE = 2;

const USAGE = `temperature-converter-operator ${VERSION}

Usage: operator [COMMAND] [FLAGS]

Commands:
  run          watch and reconcile TemperatureConverters (default)
  apply-crds   install or upgrade the CustomResourceDefinition, and wait until it is established
  plan [NAMESPACE/NAME ... | -f FILE | --all] [--converter-image IMAGE]
               print what the operator would change, and why; changes nothing (see: operator plan --help)
  version      print the version
  help         print this help

SIGTERM and SIGINT stop the operator gracefully; a second signal ends it at once.

Flags (or environment variables of the same name in upper case, for example WATCH_NAMESPACES):
${describeFlags()}
`;

async function main(args: readonly string[]): Promise<number> {
  const [first = 'run', ...rest] = args;
  const [command, flags] = first.startsWith('-') ? ['run', args] : [first, rest];
  const signal = shutdownSignal();
  if (command === 'plan') return runPlan(flags, terminal(), signal);
  if (args.includes('--help') || args.includes('-h')) return print(USAGE);
  switch (command) {
    case 'help':
      return print(USAGE);
    case 'version':
      return print(`${VERSION}\n`);
    case 'run':
      return run(parseConfiguration(flags, process.env), signal);
    case 'apply-crds':
      return applyCrds(flags, signal);
    default:
      throw new ConfigurationError(`unknown command "${command}"`);
  }
}

async function run(configuration: Configuration, signal: AbortSignal): Promise<number> {
  const log = createLogger(configuration.logLevel);
  const connection = new ApiServerConnection(loadKubeConfig(configuration));
  log.info({ version: VERSION, server: connection.server.href, ...configuration }, 'starting');
  const { converterImage } = configuration;
  const operator = createOperator({
    ...configuration,
    connection,
    defaults: { image: converterImage },
    version: VERSION,
    log,
    clock: systemClock,
    random: Math.random,
  });
  const servers = await serve(configuration, operator, log);
  const [metricsPort, healthPort, debugPort] = servers.map(({ port }) => port);
  log.info({ metricsPort, healthPort, debugPort }, 'serving metrics and health');
  const end = await operator.run(signal);
  if (end === 'lost') {
    log.error({}, 'lost the leader election lease; exiting, so that the restarted process can become the leader again');
    process.exit(1);
  }
  await Promise.all(servers.map((server) => server.close()));
  log.info({}, 'stopped');
  return 0;
}

async function serve(
  { metricsPort, healthPort, debugPort }: Configuration,
  operator: Manager,
  log: PinoLogger,
): Promise<readonly PageServer[]> {
  return Promise.all([
    serveMetrics(operator, metricsPort),
    serveHealth(operator, healthPort),
    ...(debugPort === undefined ? [] : [serveDebug({ port: debugPort, log, levels: LOG_LEVELS })]),
  ]);
}

async function applyCrds(flags: readonly string[], signal: AbortSignal): Promise<number> {
  const log = createLogger('info');
  const connection = new ApiServerConnection(loadKubeConfig(parseConnectionConfiguration(flags, process.env)));
  const client = new KubeClient({ connection, userAgent: USER_AGENT });
  await applyCrd(CRD_FILE, { client, clock: systemClock, log }, signal);
  connection.close();
  return 0;
}

function createLogger(level: string): PinoLogger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(options, createBatchedOutput());
}

function terminal(): Output {
  // A reader that has seen enough closes the pipe: plan ... | head.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return outputOf(process);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof ConfigurationError;
  process.stderr.write(`operator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (isUsage) process.stderr.write('Run "operator help" for the commands and flags.\n');
  // A server that already listens would keep the process alive.
  process.exit(isUsage ? EXIT_USAGE : 1);
}
