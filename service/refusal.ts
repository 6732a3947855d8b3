import { ALLOW } from './answer.ts';
import { isHostValid } from './host-header.ts';
import { PATHS } from './paths.ts';
import { canonicalizeTarget, isTargetWellFormed } from './request-target.ts';

/** The error of Node's HTTP server for a request that it cannot read, with the bytes of the packet. */
export interface UnreadableRequestError extends Error {
  code?: string;
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** The code of Node's error for a request that exceeds the server's time limits. */
export const TOO_SLOW = 'ERR_HTTP_REQUEST_TIMEOUT';

/** The same error for a time limit that Node does not enforce. */
export class SlowRequestError extends Error implements UnreadableRequestError {
  override name = 'SlowRequestError';
  code = TOO_SLOW;
}

/** The response to a request that no handler serves. */
export interface Refusal {
  status: number;
  error: string;
  /** Names and values, alternating. */
  headers?: readonly string[];
}

/** The response to a malformed request. */
export const BAD_REQUEST: Refusal = { status: 400, error: 'Bad request.' };
/** The response to a request that expects anything but `100-continue`. */
export const EXPECTATION_FAILED: Refusal = { status: 417, error: 'Expectation failed.' };
const METHOD_NOT_ALLOWED: Refusal = { status: 405, error: 'Method not allowed.', headers: ['Allow', ALLOW] };
const NOT_FOUND: Refusal = { status: 404, error: 'API not found.' };
const REFUSALS = new Map<string | undefined, Refusal>([
  [TOO_SLOW, { status: 408, error: 'The request took too long.' }],
  ['HPE_HEADER_OVERFLOW', { status: 431, error: 'The request line and headers are too large.' }],
]);

// The second is the parser's code for a method of RTSP.
const UNKNOWN_METHOD = new Set<string | undefined>(['HPE_INVALID_METHOD', 'HPE_INVALID_CONSTANT']);
// The length of a method is limited as in the reference.
const REQUEST_LINE = /^[A-Z\d!$%&'*+.^_`|~-]{3,20} ([\x21-\x7e]+) HTTP\/1\.([01])\r\n/;
// The value up to its first white space, and the rest. Linear time, since the client controls the packet.
const HOST_LINE = /^host:[\t ]*(\S*)[\t ]*(.*)$/gim;
const KNOWN_PATHS = new Set<string | undefined>(Object.values(PATHS));

/** Returns the response to a request whose path or method has no handler. The target is canonical. */
export function refuseUnserved(target: string): Refusal {
  return KNOWN_PATHS.has(target.split('?')[0]) ? METHOD_NOT_ALLOWED : NOT_FOUND;
}

/** Returns the response to a request that Node's HTTP parser rejected, or that exceeded the server's time limits. */
export function decideRefusal(error: UnreadableRequestError): Refusal {
  return UNKNOWN_METHOD.has(error.code) ? refuseUnknownMethod(error) : (REFUSALS.get(error.code) ?? BAD_REQUEST);
}

/** The reference rejects an unknown method with 405, not as a malformed request. */
function refuseUnknownMethod({ rawPacket, bytesParsed = 0 }: UnreadableRequestError): Refusal {
  const packet = rawPacket?.toString('latin1') ?? '';
  const lineStart = packet.slice(0, bytesParsed).lastIndexOf('\n') + 1;
  const [, target = '', minor] = REQUEST_LINE.exec(packet.slice(lineStart)) ?? [];
  if (!isTargetWellFormed(target, undefined)) return BAD_REQUEST;
  const headEnd = packet.indexOf('\r\n\r\n', lineStart);
  // Only the first packet of a head is available.
  if (headEnd !== -1 && !isHostValid(readHost(packet.slice(lineStart, headEnd)), Number(minor))) return BAD_REQUEST;
  return refuseUnserved(canonicalizeTarget(target));
}

/** Returns the Host header field in the text of a head, in the form that `isHostValid` expects. */
function readHost(head: string): string | undefined {
  const values = Array.from(head.matchAll(HOST_LINE), ([, value = '', rest]) => (rest ? `${value} ${rest}` : value));
  return values.length === 0 ? undefined : values.join(', ');
}
