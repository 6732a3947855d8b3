import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/**
 * The jest transform of this repository: Node's own type stripping, which keeps every line and column in its place, so
 * that tests run the sources as Node does and need no source maps.
 */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source) => createHash('sha256').update(process.version).update(source).digest('hex'),
};
