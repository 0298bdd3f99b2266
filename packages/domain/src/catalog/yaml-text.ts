import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import type { Path, TextContent, TextFault } from './text-content.ts';

/** Aliases may repeat a calendar, not blow a small text up into a large one. */
const maximumAliases = 100;

/** Reads YAML. Keys are plain text, each once in its map. */
export function readYaml(text: string): TextContent | { faults: TextFault[] } {
  // The library compares each key with all others of its map; a set does that in a hundredth of the time.
  const document = parseDocument(text, { prettyErrors: false, merge: false, uniqueKeys: false });
  if (document.errors.length > 0) {
    return { faults: document.errors.map(({ pos, message }) => ({ offset: pos[0], message })) };
  }
  const found: Found = { faults: [], aliases: 0 };
  look(document.contents, found);
  if (found.aliases > maximumAliases) {
    const message = `it has ${found.aliases} aliases; a catalog has at most ${maximumAliases}`;
    return { faults: [{ offset: 0, message }] };
  }
  if (found.faults.length > 0) return found;
  try {
    const value: unknown = document.toJS({ maxAliasCount: maximumAliases });
    return { value, offsetOf: (path) => offsetOf(document.contents, path) };
  } catch (error) {
    return { faults: [{ offset: 0, message: error instanceof Error ? error.message : 'cannot be read' }] };
  }
}

interface Found {
  faults: TextFault[];
  aliases: number;
}

/** Counts aliases, and finds keys that are no text or stand twice. Its depth is bounded by that of the text. */
function look(node: unknown, found: Found): void {
  if (isAlias(node)) found.aliases += 1;
  if (isSeq(node)) for (const item of node.items) look(item, found);
  // An entry in a sequence may be a pair.
  if (isPair(node)) look(node.value, found);
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const { key, value } of node.items as Pair[]) {
    const offset = (key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0;
    const name = isScalar(key) ? String(key.value) : null;
    if (name === null) found.faults.push({ offset, message: 'a key must be plain text' });
    else if (seen.has(name)) found.faults.push({ offset, message: `the key "${name}" is there twice` });
    else seen.add(name);
    look(value, found);
  }
}

function offsetOf(root: Node | null, path: Path): number {
  let offset = root?.range?.[0] ?? 0;
  let node: unknown = root;
  for (const part of path) {
    if (isAlias(node)) break;
    const next = isMap(node) ? entryOf(node.items as Pair[], part) : itemOf(node, part);
    if (next === undefined) break;
    offset = next.at ?? offset;
    node = next.value;
  }
  return offset;
}

function entryOf(
  items: Pair[],
  key: string | number,
): { value: unknown; at: number | undefined } | undefined {
  const pair = items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  return pair && { value: pair.value, at: isScalar(pair.key) ? pair.key.range?.[0] : undefined };
}

function itemOf(node: unknown, index: string | number) {
  const items = (node as { items?: Node[] } | null)?.items;
  const item = typeof index === 'number' ? items?.[index] : undefined;
  return item && { value: item, at: item.range?.[0] };
}
