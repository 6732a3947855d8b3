/**
 * Sends one GET and prints the answer as JSON. A program of its own, since only a process inside of the cluster's network
 * namespace reaches a Service: `node request.ts URL`.
 */
const [url = ''] = process.argv.slice(2);
const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
const headers = Object.fromEntries(response.headers);
process.stdout.write(JSON.stringify({ status: response.status, headers, body: await response.text() }));
