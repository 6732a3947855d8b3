/** The maximum length of quoted text: some policies answer with pages. */
const MAX_LENGTH = 500;

/** Text of Kubernetes or of a policy for a quote within a message: one line of limited length, without a final period. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH - 1).toWellFormed()}…`;
}

/** A reason of Kubernetes and its message: `Reason: message`, or the one that exists. */
export function quote(reason: string | undefined, message: string | undefined): string {
  const words = oneLine(message ?? '');
  if (reason === undefined || reason === '') return words === '' ? 'no reason given' : words;
  return words === '' ? reason : `${reason}: ${words}`;
}
