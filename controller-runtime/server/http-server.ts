import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** The response of a page. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Returns the response to a GET of one path. A rejection becomes a 500. */
export type Page = () => Promise<Answer>;

/** A server of probes, metrics or other internal pages. */
export interface PageServer {
  readonly port: number;
  /** Stops the server and closes open connections. */
  close(): Promise<void>;
}

/** Serves pages by path on all addresses. Rejects if the port is unavailable. */
export async function servePages(
  name: string,
  port: number,
  pages: Readonly<Record<string, Page>>,
): Promise<PageServer> {
  const server = createServer((request, response) => {
    void answer(request, response, pages);
  });
  await listen(server, { name, port });
  return serverOf(server);
}

/** Returns the port of a listening server and a function that closes it. */
export function serverOf(server: Server): PageServer {
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Readonly<Record<string, Page>>,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const page = (Object.hasOwn(pages, path) ? pages[path] : undefined) ?? notFound;
  const { status, contentType, body } = await (isRead ? page() : methodNotAllowed()).catch(failed);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    ...(isRead ? {} : { allow: 'GET, HEAD' }),
  });
  response.end(body);
}

function failed(error: unknown): Answer {
  return { status: 500, contentType: 'text/plain', body: `${String(error)}\n` };
}

/** Listens on `address`, or on all addresses by default. Rejects if the port is unavailable. */
export function listen(
  server: Server,
  { name, port, address }: { name: string; port: number; address?: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not `once`: an accept error is also reported here and must not crash the process.
    server.on('error', (error) => {
      reject(new Error(`the ${name} server cannot listen on port ${port}: ${error.message}`, { cause: error }));
    });
    server.listen(port, address, resolve);
  });
}

const notFound: Page = () => Promise.resolve({ status: 404, contentType: 'text/plain', body: 'not found\n' });
const methodNotAllowed: Page = () => Promise.resolve({ status: 405, contentType: 'text/plain', body: 'only GET\n' });
