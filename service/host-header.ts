import { isIPv6 } from 'node:net';

/** A host name, an IPv4 address or nothing, with an optional port (RFC 9110, section 7.2). */
const NAME_AND_PORT = /^(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*(?::\d*)?$/i;
const IP_LITERAL_AND_PORT = /^\[([^\]]*)\](?::\d*)?$/;

/**
 * Whether a request has the Host header field that RFC 9112, section 3.2 requires: one with HTTP/1.1, at most one with
 * HTTP/1.0, and a valid value. `host` is undefined without the field, and joins the values with `, ` if it is repeated:
 * a single value has no space in it. An empty value is valid: a client sends it if its URI has no authority.
 */
export function isHostValid(host: string | undefined, httpVersionMinor: number): boolean {
  if (host === undefined) return httpVersionMinor === 0;
  if (!host.startsWith('[')) return NAME_AND_PORT.test(host);
  return isIPv6(IP_LITERAL_AND_PORT.exec(host)?.[1] ?? '');
}
