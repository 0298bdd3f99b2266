import { isAlias, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { Catalog } from './catalog.ts';
import { CatalogInvalid, type CatalogProblem } from './errors.ts';

/** Aliases may repeat a calendar, not blow a small text up into a large one. */
const maximumAliases = 100;

type Path = (string | number)[];
type Located = { problem: Omit<CatalogProblem, 'line' | 'column'>; path: Path };

const deepestNesting = 100;
const deepEntries = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${deepestNesting}}`, 'm');
const deepIndentation = new RegExp(`^ {${4 * deepestNesting}}`, 'm');

/**
 * Whether brackets or block entries open deeper than any catalog does, which would exhaust whoever walks it. Those in
 * text count too: no text of a catalog has so many.
 */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const character of text.match(/[[\]{}]/g) ?? []) {
    depth += character === '[' || character === '{' ? 1 : -1;
    if (depth > deepestNesting) return true;
  }
  return deepEntries.test(text) || deepIndentation.test(text);
}

/**
 * Reads a catalog from YAML (JSON is YAML too). `check` sees what the schema cannot: references between the parts.
 * Throws `CatalogInvalid` with every fault at once, each with line, column (from 1), path and what is allowed.
 */
export function parseCatalog(
  text: string,
  check: (catalog: Catalog) => { path: Path; message: string }[],
): Catalog {
  if (nestsTooDeep(text)) {
    const message = `it is nested deeper than ${deepestNesting} levels`;
    throw new CatalogInvalid([{ line: 1, column: 1, path: '', message }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: false,
    uniqueKeys: true,
  });
  if (document.errors.length > 0) {
    throw new CatalogInvalid(
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, path: '', message: error.message };
      }),
    );
  }
  const value = readValue(document.toJS.bind(document), lines);
  const position = (path: Path) => locate(document.contents, path, lines);
  const parsed = Catalog.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    const found: Located[] = parsed.error.issues.flatMap((issue) => {
      const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          path: [...path, key],
          problem: { path: pointer([...path, key]), message: `"${key}" is not known here` },
        }));
      }
      return [{ path, problem: { path: pointer(path), message: issue.message } }];
    });
    throw new CatalogInvalid(found.map(({ path, problem }) => ({ ...position(path), ...problem })));
  }
  const problems = check(parsed.data);
  if (problems.length > 0) {
    throw new CatalogInvalid(
      problems.map(({ path, message }) => ({ ...position(path), path: pointer(path), message })),
    );
  }
  return parsed.data;
}

function readValue(toJS: (options: { maxAliasCount: number }) => unknown, lines: LineCounter): unknown {
  try {
    return toJS({ maxAliasCount: maximumAliases });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    throw new CatalogInvalid([{ ...lines.linePos(0), line: 1, column: 1, path: '', message }]);
  }
}

/** A JSON Pointer (RFC 6901). */
function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The nearest place in the text: of the value, or of the innermost parent that is there. */
function locate(root: Node | null, path: Path, lines: LineCounter): { line: number; column: number } {
  let offset = root?.range?.[0] ?? 0;
  let node: unknown = root;
  for (const part of path) {
    if (isAlias(node)) break;
    const next: { value: unknown; at: number | undefined } | undefined = isMap(node)
      ? entryOf(node.items as Pair[], part)
      : itemOf(node, part);
    if (next === undefined) break;
    offset = next.at ?? offset;
    node = next.value;
  }
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function entryOf(items: Pair[], key: string | number) {
  const pair = items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  return pair && { value: pair.value, at: isScalar(pair.key) ? pair.key.range?.[0] : undefined };
}

function itemOf(node: unknown, index: string | number) {
  const items = (node as { items?: Node[] } | null)?.items;
  const item = typeof index === 'number' ? items?.[index] : undefined;
  return item && { value: item, at: item.range?.[0] };
}
