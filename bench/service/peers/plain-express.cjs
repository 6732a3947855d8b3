const { randomUUID } = require('node:crypto');
const express = require('express');

// Express with its defaults, as in its documentation.
const identifier = randomUUID();
const application = express();

application.get('/api/convert-fahrenheit-to-celsius', ({ query }, response) => {
  response.json({ celsius: ((Number(query.fahrenheit) - 32) * 5) / 9, app_identifier: identifier });
});
application.get('/api/healthcheck', (_request, response) => {
  response.json({ app_identifier: identifier });
});
application.listen(Number(process.env.PORT), process.env.HOST);
