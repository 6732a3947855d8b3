import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './configuration.ts';

const STDOUT = 1;
const STDERR = 2;

/** A log that writes one JSON object per line to standard output, with the level name and the time in UTC. */
export function createLog(level: LogLevel, identifier: string): Logger {
  return createLogTo(STDOUT, level, { app_identifier: identifier });
}

/** Writes one line to standard error that says why the service cannot start. */
export function logStartFailure(message: string): void {
  createLogTo(STDERR, 'error', {}).fatal(message);
}

function createLogTo(fd: number, level: LogLevel, base: Record<string, string>): Logger {
  const options = { level, base, timestamp: stdTimeFunctions.isoTime, formatters: { level: nameLevel } };
  return pino(options, destination({ fd, sync: true }));
}

const nameLevel = (label: string): { level: string } => ({ level: label });
