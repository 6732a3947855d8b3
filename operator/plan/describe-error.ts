import { ApiError } from '../../controller-runtime/client/errors.ts';
import { KIND, PLURAL } from '../api/temperature-converter.ts';

/** Describes an error for people. The API server's own message says enough, as in kubectl. */
export function describeError(error: Error): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === 404 && error.request.includes(`/${PLURAL}`)) {
    return `the CustomResourceDefinition of ${KIND} is not installed in this cluster`;
  }
  const from = error.reason === '' ? 'Error from server' : `Error from server (${error.reason})`;
  return `${from}: ${error.status.message ?? 'no message'}`;
}
