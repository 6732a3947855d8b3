const { randomUUID } = require('node:crypto');
const { createServer } = require('node:http');

// The minimal server for these two paths: no framework, no metrics, no validation.
const identifier = randomUUID();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const celsius = ((Number(searchParams.get('fahrenheit')) - 32) * 5) / 9;
  const converting = pathname === '/api/convert-fahrenheit-to-celsius';
  const json = JSON.stringify(converting ? { celsius, app_identifier: identifier } : { app_identifier: identifier });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': json.length }).end(json);
});
server.listen(Number(process.env.PORT), process.env.HOST);
