import { describe, expect, it } from '@jest/globals';
import { PATHS } from './paths.ts';
import { decideRefusal, refuseUnserved, type UnreadableRequestError } from './refusal.ts';

const fail = (code: string, packet = '', bytesParsed = 0): UnreadableRequestError =>
  Object.assign(new Error('Parse Error'), { code, rawPacket: Buffer.from(packet, 'latin1'), bytesParsed });

describe('refuseUnserved', () => {
  it.each([
    ...Object.values(PATHS).map((path) => [path, 405] as const),
    [`${PATHS.health}?x`, 405],
    [`${PATHS.health}/`, 404],
    ['/', 404],
  ] as const)('responds to %s with %i, and lists the allowed methods of a known path', (target, status) => {
    const { headers, ...refusal } = refuseUnserved(target);
    expect(refusal.status).toBe(status);
    expect(headers).toEqual(status === 405 ? ['Allow', 'GET, HEAD'] : undefined);
  });
});

describe('decideRefusal', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408],
    ['HPE_INVALID_URL', 400],
    ['HPE_INVALID_EOF_STATE', 400],
    ['a code of a later Node', 400],
  ])('responds to %s with %i', (code, status) => {
    expect(decideRefusal(fail(code)).status).toBe(status);
  });

  it.each([
    ['BREW /api/healthcheck HTTP/1.1\r\n', 1, 405],
    ['GETT /api/healthcheck?x HTTP/1.1\r\nHost: x\r\n', 3, 405],
    ['BREW /%61pi/healthcheck HTTP/1.0\r\n', 1, 405],
    ['BREW /nope HTTP/1.1\r\n', 1, 404],
    ['BREW * HTTP/1.1\r\n', 1, 400],
    ['brew /api/healthcheck HTTP/1.1\r\n', 0, 400],
    ['BREW /api/healthcheck HTTP/2.0\r\n', 1, 400],
    ['BREW /api/healthcheck', 1, 400],
    ['GET / HTTP/1.1\r\n\r\nBREW /api/healthcheck HTTP/1.1\r\n', 20, 405],
    ['BREW /api/healthcheck HTTP/1.1\r\n\r\n\0', 36, 400],
    ['BREW /api/healthcheck HTTP/1.1\r\n\r\n', 1, 400],
    ['BREW /api/healthcheck HTTP/1.0\r\n\r\n', 1, 405],
    ['BREW /api/healthcheck HTTP/1.1\r\nX: y\r\nhOST:\tx \r\n\r\n', 1, 405],
    ['BREW /api/healthcheck HTTP/1.1\r\nHost: x\r\nHost:\r\n\r\n', 1, 400],
    ['BREW /api/healthcheck HTTP/1.1\r\nHost: a b\r\n\r\n', 1, 400],
    ['BREW /api/healthcheck HTTP/1.1\r\nX: Host: x\r\n\r\n', 1, 400],
    ['BREW /api/healthcheck HTTP/1.1\r\n\r\nHost: x\r\n', 1, 400],
    ['GET / HTTP/1.1\r\nHost: x\r\n\r\nBREW /nope HTTP/1.1\r\n\r\n', 28, 400],
  ])('responds to the unknown method in %j at byte %i with %i', (packet, bytesParsed, status) => {
    expect(decideRefusal(fail('HPE_INVALID_METHOD', packet, bytesParsed)).status).toBe(status);
  });

  it('treats the methods of RTSP as unknown', () => {
    const packet = 'DESCRIBE /api/healthcheck HTTP/1.1\r\n';
    expect(decideRefusal(fail('HPE_INVALID_CONSTANT', packet, 33)).status).toBe(405);
    expect(decideRefusal(fail('HPE_INVALID_CONSTANT', 'GET /api/healthcheck http/1.1\r\n', 21)).status).toBe(400);
  });

  it('does not need the bytes', () => {
    expect(decideRefusal(Object.assign(new Error('Parse Error'), { code: 'HPE_INVALID_METHOD' })).status).toBe(400);
  });
});
