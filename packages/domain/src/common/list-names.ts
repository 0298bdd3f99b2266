/** Enough to recognise the one that was meant; a catalog may have hundreds, and each fault lists them. */
const mostNames = 20;

/** Names for the text of an error: `low, normal, urgent`. */
export function listNames(names: readonly string[]): string {
  const listed = names.slice(0, mostNames).join(', ');
  return names.length > mostNames ? `${listed} and ${names.length - mostNames} more` : listed;
}
