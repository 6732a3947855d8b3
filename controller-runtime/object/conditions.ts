/** One aspect of an object's state (metav1.Condition). */
export interface Condition<Type extends string = string> {
  readonly type: Type;
  readonly status: 'True' | 'False' | 'Unknown';
  /** The generation that this condition was computed for. */
  readonly observedGeneration?: number;
  /** When `status` last changed, as an RFC 3339 string. */
  readonly lastTransitionTime: string;
  /** A machine-readable reason in CamelCase. */
  readonly reason: string;
  /** A human-readable message: the state, and what to do about it. */
  readonly message: string;
}

/** A condition before its generation and time are set. */
export type ConditionState<Type extends string = string> = Omit<
  Condition<Type>,
  'observedGeneration' | 'lastTransitionTime'
>;

/** The longest message that metav1.Condition allows, in characters. */
const LONGEST_MESSAGE = 32_768;

/** Sets the generation and the times of an object's conditions. A transition time is kept while the status is unchanged. */
export function buildConditions<Type extends string>(
  object: {
    readonly metadata: { readonly generation: number };
    readonly status?: { readonly conditions?: readonly Condition[] };
  },
  states: readonly ConditionState<Type>[],
  now: Date,
): readonly Condition<Type>[] {
  return states.map((state) => {
    const previous = object.status?.conditions?.find(({ type }) => type === state.type);
    return {
      ...state,
      message: cut(state.message),
      observedGeneration: object.metadata.generation,
      lastTransitionTime: previous?.status === state.status ? previous.lastTransitionTime : inSeconds(now),
    };
  });
}

/** The API server counts Unicode code points, JavaScript counts UTF-16 code units, of which there are at least as many. */
function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}…`;
}

/** RFC 3339 in whole seconds, as the API server stores it. */
function inSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
