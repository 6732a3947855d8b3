import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, parseConfiguration } from './configuration.ts';

describe('parseConfiguration', () => {
  it('has a default for each variable', () => {
    expect(parseConfiguration({})).toEqual({
      host: undefined,
      port: 5000,
      metricsPort: 9464,
      logLevel: 'info',
      logRequests: false,
      drainSeconds: 3,
    });
  });

  it('reads each variable from the environment', () => {
    const environment = {
      HOST: '::1',
      PORT: '1',
      METRICS_PORT: '65535',
      LOG_LEVEL: 'error',
      LOG_REQUESTS: 'true',
      DRAIN_SECONDS: '0',
    };
    expect(parseConfiguration(environment)).toEqual({
      host: '::1',
      port: 1,
      metricsPort: 65_535,
      logLevel: 'error',
      logRequests: true,
      drainSeconds: 0,
    });
  });

  it.each([
    ['PORT', ['', '0', '-1', '65536', '80.5', '5e3', '0x50', ' 80', '80 ', 'http', '99999999999999999999', '٣']],
    ['METRICS_PORT', ['', '0', '65536', 'none']],
    ['LOG_LEVEL', ['', 'INFO', 'trace', 'fatal', 'silent', '30']],
    ['LOG_REQUESTS', ['', 'yes', '1', 'TRUE']],
    ['DRAIN_SECONDS', ['', '-1', '61', '1.5', '3s']],
    ['HOST', ['', ' ', 'a b', 'http://x/', '127.0.0.1,::1']],
  ])('rejects an invalid %s and names it', (name, values) => {
    for (const value of values) {
      const parse = (): unknown => parseConfiguration({ [name]: value });
      expect(parse).toThrow(ConfigurationError);
      expect(parse).toThrow(`${name} must be `);
      expect(parse).toThrow(`not ${JSON.stringify(value)}`);
    }
  });

  it('rejects the same port for both servers', () => {
    expect(() => parseConfiguration({ PORT: '9464' })).toThrow('PORT and METRICS_PORT must differ, both are 9464');
  });

  it('names every invalid variable in one line', () => {
    expect(() => parseConfiguration({ PORT: 'a\nb', LOG_LEVEL: 'loud' })).toThrow(
      'Bad configuration: PORT must be a whole number from 1 to 65535, not "a\\nb"; ' +
        'LOG_LEVEL must be one of debug, info, warn, error, not "loud".',
    );
  });
});
