import { ApiError, type StatusBody } from '../../controller-runtime/client/errors.ts';

/** Describes why the API server refused a file, as `kubectl apply` does. `verb` is what was tried: `creating`, `applying`. */
export function describeRefusal(error: unknown, verb: string, source: string): string {
  if (!(error instanceof ApiError)) return `error: error when ${verb} "${source}": ${messageOf(error)}`;
  if (error.reason === 'Invalid') return describeInvalid(error.status);
  const from = error.reason === '' ? 'Error from server' : `Error from server (${error.reason})`;
  return `${from}: error when ${verb} "${source}": ${error.status.message ?? 'no message'}`;
}

function describeInvalid({ details = {}, message = '' }: StatusBody): string {
  const { kind = '', name = '', causes = [] } = details;
  const subject = `The ${kind} "${name}" is invalid`;
  const [first, ...others] = new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`));
  if (first === undefined) return `${subject}: ${message}`;
  return others.length === 0
    ? `${subject}: ${first}`
    : [`${subject}: `, ...[first, ...others].map((line) => `* ${line}`)].join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
