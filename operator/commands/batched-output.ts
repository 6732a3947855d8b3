import { type DestinationStream, pino } from 'pino';

/** Writes the lines of one turn of the event loop at once to standard output, since a write costs as much as several lines. */
export function createBatchedOutput(): DestinationStream {
  const output = pino.destination({ fd: process.stdout.fd, sync: true, minLength: 8_192 });
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    output.flushSync();
  };
  process.on('exit', flush);
  return {
    write(line): void {
      output.write(line);
      if (!isScheduled) setImmediate(flush);
      isScheduled = true;
    },
  };
}
