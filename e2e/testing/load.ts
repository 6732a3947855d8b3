/**
 * Sends conversions from concurrent clients for some seconds and prints a tally as JSON:
 * `node load.ts URL CLIENTS SECONDS [REQUESTS_PER_CONNECTION [PAUSE_MS [FIRST_PORT]]]`. Each client has one connection and
 * replaces it after some requests, because a Service balances connections, not requests. With FIRST_PORT, each request has the
 * next local port. SIGTERM stops the load early.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadTally } from './load-tally.ts';

const [url = '', clients = '1', seconds = '1', requestsEach = '50', pauseMs = '0', firstPort = '0'] =
  process.argv.slice(2);
const tally: LoadTally = { requests: 0, failures: 0, firstFailure: '', failed: [], lastReplica: '', longestGapMs: 0 };
/** When the last answer arrived, of any client. */
let lastAnswerMs = Date.now();
const stop = AbortSignal.timeout(Number(seconds) * 1000);
const early = new AbortController();
process.on('SIGTERM', () => early.abort());
const isOver = (): boolean => stop.aborted || early.signal.aborted;

/** A connection, and the identifier of the replica that has answered on it. */
interface Connection {
  readonly agent: Agent;
  replica: string;
}

async function client(): Promise<void> {
  while (!isOver()) {
    // With one request per connection the client sends `Connection: close`.
    const connection: Connection = {
      agent: new Agent({ keepAlive: requestsEach !== '1', maxSockets: 1 }),
      replica: '',
    };
    for (let sent = 0; sent < Number(requestsEach) && !isOver(); sent += 1) {
      await convert(connection);
      if (pauseMs !== '0') await sleep(Number(pauseMs));
    }
    connection.agent.destroy();
  }
}

async function convert(connection: Connection): Promise<void> {
  tally.requests += 1;
  const sentMs = Date.now();
  try {
    const { status, body } = await answerOn(connection.agent);
    if (status !== 200) throw new Error(`status ${status}`);
    // SAFETY: the body of an answer of the converter.
    connection.replica = (JSON.parse(body) as { app_identifier: string }).app_identifier;
    tally.lastReplica = connection.replica;
    const nowMs = Date.now();
    tally.longestGapMs = Math.max(tally.longestGapMs, nowMs - lastAnswerMs);
    lastAnswerMs = nowMs;
  } catch (error) {
    tally.failures += 1;
    tally.firstFailure ||= `${new Date().toISOString()} ${String(error)}`;
    tally.failed.push({ sentMs, error: String(error), replica: connection.replica });
    // The next request has a new connection.
    connection.replica = '';
  }
}

/** The kernel's connection tracking keeps the replica of a connection that was never answered for its port for two minutes. */
function nextPort(): { readonly localPort?: number } {
  return firstPort === '0' ? {} : { localPort: Number(firstPort) + tally.requests };
}

function answerOn(agent: Agent): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}?fahrenheit=${tally.requests}`, { agent, timeout: 5_000, ...nextPort() }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in 5 s')));
    request.once('error', reject);
  });
}

await Promise.all(Array.from({ length: Number(clients) }, client));
process.stdout.write(JSON.stringify(tally));
