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
const tally: LoadTally = { requests: 0, failures: 0, firstFailure: '', failed: [], longestGapMs: 0 };
/** When the last answer arrived, of any client. */
let lastAnswerMs = Date.now();
const stop = AbortSignal.timeout(Number(seconds) * 1000);
const early = new AbortController();
process.on('SIGTERM', () => early.abort());
const isOver = (): boolean => stop.aborted || early.signal.aborted;

async function client(): Promise<void> {
  while (!isOver()) {
    // With one request per connection the client sends `Connection: close`.
    const agent = new Agent({ keepAlive: requestsEach !== '1', maxSockets: 1 });
    for (let sent = 0; sent < Number(requestsEach) && !isOver(); sent += 1) {
      await convert(agent);
      if (pauseMs !== '0') await sleep(Number(pauseMs));
    }
    agent.destroy();
  }
}

async function convert(agent: Agent): Promise<void> {
  tally.requests += 1;
  const sentMs = Date.now();
  try {
    const status = await statusOf(agent);
    if (status !== 200) throw new Error(`status ${status}`);
    const nowMs = Date.now();
    tally.longestGapMs = Math.max(tally.longestGapMs, nowMs - lastAnswerMs);
    lastAnswerMs = nowMs;
  } catch (error) {
    tally.failures += 1;
    tally.firstFailure ||= `${new Date().toISOString()} ${String(error)}`;
    tally.failed.push({ sentMs, error: String(error) });
  }
}

/** The kernel's connection tracking keeps the replica of a connection that was never answered for its port for two minutes. */
function nextPort(): { readonly localPort?: number } {
  return firstPort === '0' ? {} : { localPort: Number(firstPort) + tally.requests };
}

function statusOf(agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}?fahrenheit=${tally.requests}`, { agent, timeout: 5_000, ...nextPort() }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    request.once('timeout', () => request.destroy(new Error('no answer in 5 s')));
    request.once('error', reject);
  });
}

await Promise.all(Array.from({ length: Number(clients) }, client));
process.stdout.write(JSON.stringify(tally));
