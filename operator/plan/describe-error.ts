import { ApiError } from '../../controller-runtime/client/errors.ts';
import { KIND, PLURAL } from '../api/temperature-converter.ts';

/** Describes an error for people. The API server's own message says enough, as in kubectl. */
export function describeError(error: Error): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === 404 && error.request.includes(`/${PLURAL}`)) {
    return `the CustomResourceDefinition of ${KIND} is not installed in this cluster`;
  }
  const from = error.reason === '' ? 'Error from server' : `Error from server (${error.reason})`;
  const { message = 'no message' } = error.status;
  const hint = message.endsWith('at the cluster scope') ? '. Plan one namespace: -n NAMESPACE' : '';
  return `${from}: ${message}${hint}`;
}
