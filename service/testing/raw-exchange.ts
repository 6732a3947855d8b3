import { connect, type Socket } from 'node:net';

/** One HTTP response as received. */
export interface RawResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const TIMEOUT_MS = 20_000;

/** Connects to a port of this machine. `received()` returns the received bytes as Latin-1 text. */
export async function openConnection(port: number): Promise<{ socket: Socket; received: () => string }> {
  const chunks: Buffer[] = [];
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // The server may reset the connection after its response; tests check the response.
  socket.on('error', () => socket.destroy());
  return { socket, received: () => Buffer.concat(chunks).toString('latin1') };
}

/** Sends bytes (a string as Latin-1) on a new connection, and resolves to all bytes received until the server closes it. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const { socket, received } = await openConnection(port);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await closed;
  return received();
}

/** Parses consecutive responses with a Content-Length; `bodyless` if they are responses to HEAD. */
export function parseResponses(text: string, { bodyless = false } = {}): RawResponse[] {
  const responses: RawResponse[] = [];
  let rest = text;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n') + 4;
    const head = parseHead(rest.slice(0, headEnd));
    const length = bodyless ? 0 : Number(head.headers['content-length'] ?? 0);
    const body = Buffer.from(rest.slice(headEnd, headEnd + length), 'latin1').toString();
    responses.push({ ...head, body });
    rest = rest.slice(headEnd + length);
  }
  return responses;
}

function parseHead(head: string): Omit<RawResponse, 'body'> {
  const [statusLine = '', ...lines] = head.trimEnd().split('\r\n');
  const status = /^HTTP\/1\.\d (\d{3}) /.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`Not the head of a response: ${JSON.stringify(head.slice(0, 200))}`);
  return { status: Number(status), headers: Object.fromEntries(lines.map((line) => splitHeader(line))) };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
