/**
 * Opens connections that each send an incomplete request, and prints the number of connections as JSON:
 * `node flood.ts IP PORT CONNECTIONS`. It exits when its standard input ends, which closes the connections.
 */
import { connect } from 'node:net';

const [host = '', port = '80', connections = '1'] = process.argv.slice(2);
const BATCH_SIZE = 100;

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.write('GET /api/healthcheck HTTP/1.1\r\nHost: x\r\nX: ');
      socket.off('error', reject);
      // The server may close idle connections to accept others.
      socket.on('error', () => socket.destroy());
      resolve();
    });
    socket.once('error', reject);
  });
}

let opened = 0;
for (; opened < Number(connections); opened += BATCH_SIZE) await Promise.all(Array.from({ length: BATCH_SIZE }, open));
process.stdout.write(`${JSON.stringify({ opened })}\n`);
process.stdin.resume().once('end', () => process.exit());
