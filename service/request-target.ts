const PERCENT_ENCODED = /%([\da-f]{2})/gi;
const ABSOLUTE_FORM = /^[a-z]+:\/\/(?:[^/?#[\]]*|[^/?#[\]]*\[[\d.:a-f]+\](?::\d*)?)(?=[/?#]|$)/i;
const PLAIN_PATH = /^[\w./~-]*$/;
const NOWHERE = '/';

const toByte = (_match: string, digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));

/** Whether a request target has one of the forms that HTTP allows for the method (RFC 9112, section 3.2). */
export function isTargetWellFormed(target: string, method: string | undefined): boolean {
  if (target.startsWith('/')) return true;
  if (target === '*') return method === 'OPTIONS';
  return method === 'CONNECT' || ABSOLUTE_FORM.test(target);
}

/**
 * Returns a request target as the reference reads it, in a form that a router can compare: a path that begins with one
 * slash and has no percent-encoding, and the query. A path that is not plain text becomes `/`, which is not a resource.
 */
export function canonicalizeTarget(target: string): string {
  const fragment = target.indexOf('#');
  const resource = fragment === -1 ? target : target.slice(0, fragment);
  const mark = resource.indexOf('?');
  const path = mark === -1 ? resource : resource.slice(0, mark);
  const canonicalPath = canonicalizePath(path);
  return canonicalPath === path ? resource : canonicalPath + (mark === -1 ? '' : resource.slice(mark));
}

function canonicalizePath(path: string): string {
  if (path.startsWith('/') && !path.startsWith('//') && !path.includes('%')) return path;
  const decoded = path.replace(ABSOLUTE_FORM, '').replace(PERCENT_ENCODED, toByte).replace(/^\/*/, '/');
  return PLAIN_PATH.test(decoded) ? decoded : NOWHERE;
}

/**
 * The value of a parameter in the query of a canonical target: the first one if it is repeated, empty if it has no `=`,
 * undefined if it is absent. Names and values are decoded like those of HTML forms, invalid UTF-8 to U+FFFD.
 */
export function readParameter(target: string, name: string): string | undefined {
  const mark = target.indexOf('?');
  if (mark === -1) return undefined;
  for (const field of target.slice(mark + 1).split('&')) {
    const equals = field.indexOf('=');
    if (decodeForm(equals === -1 ? field : field.slice(0, equals)) === name) {
      return equals === -1 ? '' : decodeForm(field.slice(equals + 1));
    }
  }
  return undefined;
}

function decodeForm(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  return Buffer.from(spaced.replace(PERCENT_ENCODED, toByte), 'latin1').toString('utf8');
}
