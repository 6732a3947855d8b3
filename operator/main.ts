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
import { explain } from './commands/explain.ts';
import type { Manager } from '../controller-runtime/manager/manager.ts';
import { createOperator } from './operator.ts';
import { KubeClient } from '../controller-runtime/client/client.ts';
import { ApiServerConnection, loadKubeConfig } from '../controller-runtime/client/connection.ts';
import { systemClock } from '../controller-runtime/clock/clock.ts';
import { serveDebug } from '../controller-runtime/server/debug-server.ts';
import { type Answer, type PageServer, servePages } from '../controller-runtime/server/http-server.ts';

const VERSION = process.env['PACKAGE_VERSION'] ?? 'development';
const USER_AGENT = `temperature-converter-operator/${VERSION}`;
const CRD_FILE = new URL('../crds/temperatureconverters.yaml', import.meta.url);
const EXIT_USAGE = 2;

const USAGE = `temperature-converter-operator ${VERSION}

Usage: operator [COMMAND] [FLAGS]

Commands:
  run          watch TemperatureConverters and keep what they ask for (default)
  apply-crds   install or upgrade the CustomResourceDefinition, and wait until it is served
  explain NAMESPACE/NAME
               print what the operator would do for that resource now, and why; writes nothing
  version      print the version
  help         print this

Signals: SIGTERM and SIGINT stop it.

Flags (each can also be set by the variable of the same name in capitals, such as WATCH_NAMESPACES):
${describeFlags()}
`;

async function main(args: readonly string[]): Promise<number> {
  const [first = 'run', ...rest] = args;
  const [command, flags] = first.startsWith('-') ? ['run', args] : [first, rest];
  if (args.includes('--help') || args.includes('-h')) return print(USAGE);
  const signal = signalOfShutdown();
  switch (command) {
    case 'help':
      return print(USAGE);
    case 'version':
      return print(`${VERSION}\n`);
    case 'run':
      return run(parseConfiguration(flags, process.env), signal);
    case 'apply-crds':
      return applyCrds(flags, signal);
    case 'explain':
      return explainResource(flags, signal);
    default:
      throw new ConfigurationError(`there is no command "${command}"`);
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
    log.error({}, 'exiting at once, so as to start anew as a candidate');
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
  const { registry } = operator;
  return Promise.all([
    servePages('metrics', metricsPort, {
      '/metrics': async () => ({ status: 200, contentType: registry.contentType, body: await registry.metrics() }),
    }),
    servePages('health', healthPort, {
      '/healthz': () => plain(200, 'ok'),
      '/readyz': () => (operator.hasSynced() ? plain(200, 'ok') : plain(503, 'the caches are not synced yet')),
    }),
    ...(debugPort === undefined ? [] : [serveDebug({ port: debugPort, log, levels: LOG_LEVELS })]),
  ]);
}

function plain(status: number, line: string): Promise<Answer> {
  return Promise.resolve({ status, contentType: 'text/plain', body: `${line}\n` });
}

async function applyCrds(flags: readonly string[], signal: AbortSignal): Promise<number> {
  const log = createLogger('info');
  const connection = new ApiServerConnection(loadKubeConfig(parseConnectionConfiguration(flags, process.env)));
  const client = new KubeClient({ connection, userAgent: USER_AGENT });
  await applyCrd(CRD_FILE, { client, clock: systemClock, log }, signal);
  connection.close();
  return 0;
}

async function explainResource([target = '', ...flags]: readonly string[], signal: AbortSignal): Promise<number> {
  const [, namespace, name] = /^([^/]+)\/([^/]+)$/.exec(target) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new ConfigurationError(`explain takes NAMESPACE/NAME, not "${target}"`);
  }
  const { converterImage, ...configuration } = parseConfiguration(flags, process.env);
  const connection = new ApiServerConnection(loadKubeConfig(configuration));
  const client = new KubeClient({ connection, userAgent: USER_AGENT, mayWrite: () => false });
  const text = await explain({ namespace, name }, { client, defaults: { image: converterImage } }, signal);
  connection.close();
  return print(`${text}\n`);
}

function createLogger(level: string): PinoLogger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
}

/** Fires at the first SIGTERM or SIGINT; the second ends the process at once. */
function signalOfShutdown(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
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
  // Not left to itself: a server that did get its port would keep the process alive.
  process.exit(isUsage ? EXIT_USAGE : 1);
}
