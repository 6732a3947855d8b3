/** Log levels, from most to least verbose. Messages below the configured level are not written. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** A value of `LOG_LEVEL`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The validated configuration from the environment. */
export interface Configuration {
  /** The address to listen on; undefined means all of them, IPv6 and IPv4. */
  host: string | undefined;
  port: number;
  metricsPort: number;
  logLevel: LogLevel;
  /** Whether each request is logged at level `info`. */
  logRequests: boolean;
  /** How long the service keeps serving requests after SIGTERM, while the health check already fails with 503. */
  drainSeconds: number;
}

/** The environment has invalid values. The message names every invalid variable. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

const MAX_DRAIN_SECONDS = 60;

type Parse<Value> = (text: string) => Value | undefined;

const parseWholeNumber =
  (min: number, max: number): Parse<number> =>
  (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };

const parsePort = parseWholeNumber(1, 65_535);
const parseLogLevel: Parse<LogLevel> = (text) => LOG_LEVELS.find((level) => level === text);
const parseHost: Parse<string> = (text) => (/^[\w.:%-]+$/.test(text) ? text : undefined);
const SWITCH = new Map([
  ['true', true],
  ['false', false],
]);

/** Parses the configuration from environment variables. Throws a ConfigurationError if any is invalid. */
export function parseConfiguration(environment: Readonly<Record<string, string | undefined>>): Configuration {
  const problems: string[] = [];

  function read<Value>(name: string, fallback: Value, rule: string, parse: Parse<Value>): Value {
    const text = environment[name];
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined) problems.push(`${name} must be ${rule}, not ${JSON.stringify(text)}`);
    return value ?? fallback;
  }

  const port = 'a whole number from 1 to 65535';
  const configuration: Configuration = {
    host: read<string | undefined>('HOST', undefined, 'an IP address or a host name', parseHost),
    port: read('PORT', 5000, port, parsePort),
    metricsPort: read('METRICS_PORT', 9464, port, parsePort),
    logLevel: read<LogLevel>('LOG_LEVEL', 'info', `one of ${LOG_LEVELS.join(', ')}`, parseLogLevel),
    logRequests: read('LOG_REQUESTS', false, 'true or false', (text) => SWITCH.get(text)),
    drainSeconds: read(
      'DRAIN_SECONDS',
      3,
      `a whole number from 0 to ${MAX_DRAIN_SECONDS}`,
      parseWholeNumber(0, MAX_DRAIN_SECONDS),
    ),
  };
  if (configuration.port === configuration.metricsPort) {
    problems.push(`PORT and METRICS_PORT must differ, both are ${configuration.port}`);
  }
  if (problems.length > 0) throw new ConfigurationError(`Bad configuration: ${problems.join('; ')}.`);
  return configuration;
}
