import type { IncomingMessage } from 'node:http';

/**
 * Whether a proxy in front must read a request as this server does: an HTTP/1 version, and a body whose end is
 * unambiguous. Node's parser rejects all other kinds of request smuggling. Requires `joinDuplicateHeaders`.
 */
export function isUnambiguous({ httpVersionMajor, httpVersionMinor, headers }: IncomingMessage): boolean {
  if (httpVersionMajor !== 1) return false;
  const coding = headers['transfer-encoding'];
  return coding === undefined || (httpVersionMinor === 1 && /(?:^|[\t ,])chunked$/i.test(coding));
}
