/**
 * Runs in a pod: `node --input-type=module --eval THIS URL CONNECTIONS SECONDS`. Sends conversions to the URL, and prints a
 * JSON line each second: {second, spanSeconds, requests, failures, p50Ms, p99Ms, failure}, then {"done": true}.
 */
import { Agent, get } from 'node:http';

const [url, connections, seconds] = process.argv.slice(1);
// A Service balances connections, not requests: with new connections, new replicas receive requests.
const REQUESTS_PER_CONNECTION = 50;
const TIMEOUT_MS = 5_000;
// A converter that refuses connections is not asked as fast as the CPU allows.
const PAUSE_AFTER_FAILURE_MS = 100;

const startedMs = performance.now();
const endMs = startedMs + Number(seconds) * 1_000;
let tookMs = [];
let failures = 0;
let failure;
let sent = 0;
let printedMs = startedMs;
let second = 0;

function convert(agent) {
  return new Promise((resolve, reject) => {
    sent += 1;
    const request = get(`${url}?fahrenheit=${sent % 1_000}`, { agent, timeout: TIMEOUT_MS }, (response) => {
      response.once('error', reject);
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.once('timeout', () => request.destroy(new Error(`no response in ${TIMEOUT_MS / 1_000} s`)));
    request.once('error', reject);
  });
}

async function measure(agent) {
  const sentMs = performance.now();
  try {
    await convert(agent);
    tookMs.push(performance.now() - sentMs);
  } catch (error) {
    failures += 1;
    failure ??= error.message || error.code;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
  }
}

async function useConnections() {
  while (performance.now() < endMs) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < REQUESTS_PER_CONNECTION && performance.now() < endMs; count += 1) await measure(agent);
    agent.destroy();
  }
}

function print() {
  const sorted = Float64Array.from(tookMs).toSorted();
  const percentile = (share) =>
    sorted.length === 0 ? null : Number(sorted[Math.ceil(share * sorted.length) - 1].toFixed(2));
  const nowMs = performance.now();
  // The last line may have less than a second.
  const spanSeconds = (nowMs - printedMs) / 1_000;
  second = Math.max(second + 1, Math.round((nowMs - startedMs) / 1_000));
  const line = {
    second,
    spanSeconds,
    requests: sorted.length,
    failures,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    failure,
  };
  console.log(JSON.stringify(line));
  printedMs = nowMs;
  tookMs = [];
  failures = 0;
  failure = undefined;
}

// Not a success: a pod that is evicted has not sent all requests.
process.once('SIGTERM', () => process.exit(143));
const printing = setInterval(print, 1_000);
await Promise.all(Array.from({ length: Number(connections) }, useConnections));
clearInterval(printing);
print();
console.log(JSON.stringify({ done: true }));
process.exit(0);
