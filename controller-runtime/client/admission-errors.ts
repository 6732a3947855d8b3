/**
 * What the API server writes when a policy or webhook denies a request: `admission webhook "x" denied the request: …`,
 * `ValidatingAdmissionPolicy 'x' with binding 'y' denied request: …`. The policy chooses the HTTP status.
 */
const DENIAL =
  /admission webhook "[^"]*" denied the request|[Pp]olicy ['"][^'"]*['"](?: with binding '[^']*')? denied request/;

/** What the API server writes when it cannot call a webhook, whatever the HTTP status. */
const UNCALLABLE_WEBHOOK = /failed calling webhook "([^"]*)"|conversion webhook for ([^\s,]+?),? .*failed/;

/** Returns whether an admission policy or webhook denied a request, by the server's message. */
export function isDenialMessage(message: string): boolean {
  return DENIAL.test(message);
}

/** Returns the name of the webhook that the server could not call; undefined if the message is about something else. */
export function findUncallableWebhook(message: string): string | undefined {
  const match = UNCALLABLE_WEBHOOK.exec(message);
  return match?.[1] ?? match?.[2];
}
