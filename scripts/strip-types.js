import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/**
 * The jest transform: Node's own type stripping, which keeps lines and columns, so that tests run the sources as Node.js
 * does and need no source maps.
 */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source) => createHash('sha256').update(process.version).update(source).digest('hex'),
};
