import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { Path, TextContent, TextFault } from './text-content.ts';

const strict = { disallowComments: true, allowTrailingComma: false };

/** A JSON object; null for a text that is none. A key that stands twice in an object is a fault. */
export function readJson(text: string): TextContent | { faults: TextFault[] } | null {
  if (!/^\s*\{/.test(text)) return null;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, strict);
  if (root === undefined || errors.length > 0) return null;
  const faults: TextFault[] = [];
  findRepeatedKeys(root, faults);
  if (faults.length > 0) return { faults };
  return { value: JSON.parse(text), offsetOf: (path) => offsetOf(root, path) };
}

function findRepeatedKeys(node: Node, faults: TextFault[]): void {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (node.type === 'object') {
      const [key] = child.children ?? [];
      if (seen.has(key?.value)) {
        faults.push({ offset: child.offset, message: `the key "${key?.value}" is there twice` });
      }
      seen.add(key?.value);
    }
    findRepeatedKeys(child, faults);
  }
}

function offsetOf(root: Node, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    // A key says better than its value where a member stands.
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return root.offset;
}
