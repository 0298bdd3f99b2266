/** Sources in their turn; the one after that which is read has begun already. */
export async function* oneAhead<T>(sources: readonly (() => AsyncGenerator<T>)[]): AsyncGenerator<T> {
  let present = begin(sources[0]);
  let next: typeof present = null;
  try {
    for (let index = 1; present !== null; index += 1) {
      next = begin(sources[index]);
      for (let item = await present.first; item.done !== true; item = await present.items.next())
        yield item.value;
      present = next;
    }
  } finally {
    await Promise.all([present?.items.return(undefined), next?.items.return(undefined)]);
  }
}

function begin<T>(source: (() => AsyncGenerator<T>) | undefined) {
  if (source === undefined) return null;
  const items = source();
  const first = items.next();
  // A failure is looked at in its turn.
  first.catch(() => {});
  return { items, first };
}
