/**
 * Sends requests to etcd's JSON gateway: `node etcd-request.ts advance WRITES` or `node etcd-request.ts compact`, and prints
 * the last revision. It is a separate program because etcd listens only in the network of the control plane.
 */
const [command, writes = '0'] = process.argv.slice(2);
/** A key outside of the API server's prefix. */
const KEY = Buffer.from('/end-to-end-test').toString('base64');

async function post(path: string, body: object): Promise<number> {
  const response = await fetch(`http://127.0.0.1:2379/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
  // SAFETY: every response of etcd's key-value service has a header with the revision.
  const { header } = (await response.json()) as { readonly header: { readonly revision: string } };
  return Number(header.revision);
}

let revision = await post('put', { key: KEY, value: '' });
for (let write = 1; write < Number(writes); write += 1) revision = await post('put', { key: KEY, value: '' });
if (command === 'compact') await post('compaction', { revision: String(revision), physical: true });
process.stdout.write(String(revision));
