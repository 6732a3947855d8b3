import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What a page answers. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Makes the answer to a GET of one path; a rejection becomes a 500. */
export type Page = () => Promise<Answer>;

/** A server of a few pages for the cluster's own use, such as probes and metrics. */
export interface PageServer {
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Serves pages by path on all addresses; rejects with a clear error when the port cannot be had. */
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

/** The port of a server that listens, and how to close it. */
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

/** Listens, on all addresses unless one is given; rejects with a clear error when the port cannot be had. */
export function listen(
  server: Server,
  { name, port, address }: { name: string; port: number; address?: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for good: a connection that cannot be accepted is reported here too, and must not end the process.
    server.on('error', (error) => {
      reject(new Error(`the ${name} server cannot listen on port ${port}: ${error.message}`, { cause: error }));
    });
    server.listen(port, address, resolve);
  });
}

const notFound: Page = () => Promise.resolve({ status: 404, contentType: 'text/plain', body: 'not found\n' });
const methodNotAllowed: Page = () => Promise.resolve({ status: 405, contentType: 'text/plain', body: 'only GET\n' });
