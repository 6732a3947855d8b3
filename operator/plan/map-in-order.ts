/** Maps items, `concurrency` at a time, and yields the results in the order of the items. */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  concurrency: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    // It is awaited below, in its turn.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= concurrency) yield* takeFirst(pending);
  }
  while (pending.length > 0) yield* takeFirst(pending);
}

async function* takeFirst<R>(pending: Promise<R>[]): AsyncGenerator<R> {
  const first = pending.shift();
  if (first !== undefined) yield await first;
}
