/**
 * Sends one GET and prints the response as JSON: `node request.ts URL`. It is a separate program because only a process in
 * the cluster's network namespace reaches a Service.
 */
const [url = ''] = process.argv.slice(2);
const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
const headers = Object.fromEntries(response.headers);
process.stdout.write(JSON.stringify({ status: response.status, headers, body: await response.text() }));
