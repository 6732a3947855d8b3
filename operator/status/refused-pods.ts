import { isDenialMessage, findUncallableWebhook } from '../../controller-runtime/client/admission-errors.ts';

/** Advice by what the API server writes when it refuses a pod. The first that matches applies. */
const ADVICE: readonly (readonly [text: RegExp, advice: string])[] = [
  [
    /exceeded quota|insufficient quota|failed quota/i,
    'Raise the quota, delete objects that count against it, or change spec.resources.',
  ],
  [
    /violates PodSecurity/,
    'Change the Pod Security level of the namespace, or the policy or webhook that changes the pods.',
  ],
  [/service ?account/i, 'Create the service account, or change spec.pod.serviceAccountName.'],
  [/PriorityClass/, 'Create the PriorityClass, or change spec.pod.priorityClassName.'],
  [/(?:minimum|maximum) .* usage per|limit to request ratio/, 'Change the LimitRange, or spec.resources.'],
];

/** What to do when the API server refuses a Deployment's pods, and whether that may pass by itself. */
export function adviseOnRefusedPods(
  words: string,
  deployment: string,
): { readonly isTransient: boolean; readonly advice: string } {
  const webhook = findUncallableWebhook(words);
  if (webhook !== undefined) {
    const advice = 'The ReplicaSet keeps retrying. If it lasts, check the program that serves the webhook.';
    return { isTransient: true, advice };
  }
  if (isDenialMessage(words)) {
    const advice = 'Ask the owner of the policy, or set what it requires in spec.pod or spec.resources.';
    return { isTransient: false, advice };
  }
  const known = ADVICE.find(([text]) => text.test(words))?.[1];
  return { isTransient: false, advice: known ?? `See: kubectl describe deployment ${deployment}` };
}
