/** What the gateway does with a request. */
export interface Outcome {
  /** `host:port` of the service that answers; null: the gateway itself does. */
  upstream: string | null;
  /** With which status, when it does so itself. */
  status: number | null;
  /** The path that the service is asked for. */
  path: string;
}

interface Directive {
  words: string[];
  block: Directive[];
}

interface Request {
  method: string;
  path: string;
}

type Matchers = Map<string, (request: Request) => boolean>;

/**
 * Reads the part of Caddy's language that our gateway is written in: snippets with arguments, and in one site a `route`
 * of `handle` blocks, of which the first that matches answers. Throws at anything else, so that nothing goes unread.
 */
export function readGateway(text: string): (method: string, path: string) => Outcome {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const directives = readBlock(lines.filter(([first]) => first !== '' && !first?.startsWith('#')));
  const snippets = new Map(
    directives
      .filter(({ words: [name] }) => name?.startsWith('('))
      .map(({ words: [name = ''], block }) => [name.slice(1, -1), block]),
  );
  const site = directives.find(({ words: [name] }) => name?.startsWith(':'));
  const route = site?.block.find(({ words: [name] }) => name === 'route');
  if (route === undefined || site?.block.length !== 1) throw new Error('the site is not one route');
  const handlers = expand(route.block, snippets);
  return (method, path) => handle(handlers, { method, path });
}

function readBlock(lines: string[][]): Directive[] {
  const found: Directive[] = [];
  while (lines.length > 0) {
    const words = lines.shift() ?? [];
    if (words[0] === '}') return found;
    const opens = words.at(-1) === '{';
    found.push({ words: opens ? words.slice(0, -1) : words, block: opens ? readBlock(lines) : [] });
  }
  return found;
}

function expand(block: Directive[], snippets: Map<string, Directive[]>): Directive[] {
  return block.flatMap(({ words, block: inner }) => {
    if (words[0] !== 'import') return [{ words, block: expand(inner, snippets) }];
    const [, name = '', argument = ''] = words;
    const snippet = snippets.get(name);
    if (snippet === undefined) throw new Error(`there is no snippet ${name}`);
    return expand(fill(snippet, argument), snippets);
  });
}

function fill(block: Directive[], argument: string): Directive[] {
  return block.map(({ words, block: inner }) => ({
    words: words.map((word) => word.replaceAll('{args[0]}', argument)),
    block: fill(inner, argument),
  }));
}

function handle(block: Directive[], request: Request): Outcome {
  const matchers: Matchers = new Map();
  for (const { words, block: inner } of block) {
    const [name = '', ...rest] = words;
    if (name.startsWith('@')) matchers.set(name, readMatcher(rest, inner));
    else if (name !== 'handle') throw new Error(`not understood: ${words.join(' ')}`);
    else if (matches(rest[0], request, matchers)) return answer(inner, request);
  }
  throw new Error(`nothing answers ${request.method} ${request.path}`);
}

function matches(matcher: string | undefined, request: Request, matchers: Matchers): boolean {
  if (matcher === undefined) return true;
  if (matcher.startsWith('/')) return matchesPath(request.path, matcher);
  const named = matchers.get(matcher);
  if (named === undefined) throw new Error(`there is no matcher ${matcher}`);
  return named(request);
}

function readMatcher(rest: string[], block: Directive[]): (request: Request) => boolean {
  const conditions = rest.length > 0 ? [rest] : block.map(({ words }) => words);
  return ({ method, path }) =>
    conditions.every(([kind, ...values]) => {
      if (kind === 'method') return values.includes(method);
      if (kind === 'path') return values.some((pattern) => matchesPath(path, pattern));
      throw new Error(`not understood: ${kind}`);
    });
}

/** A star at the end stands for anything, elsewhere for anything but a slash; letters' case does not count. */
function matchesPath(path: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  const expression = escaped.replace(/\*$/, '.*').replaceAll(/(?<!\.)\*/g, '[^/]*');
  return new RegExp(`^${expression}$`, 'i').test(path);
}

function answer(block: Directive[], request: Request): Outcome {
  let { path } = request;
  for (const { words } of block) {
    const [name, first = '', second = ''] = words;
    if (name === 'rewrite' && first === '*') path = second;
    else if (name === 'root' && first === '*') continue;
    else if (name === 'file_server') return { upstream: null, status: 200, path };
    else if (name === 'respond') return { upstream: null, status: Number(first), path };
    else if (name === 'reverse_proxy') return { upstream: first, status: null, path };
    else throw new Error(`not understood: ${words.join(' ')}`);
  }
  throw new Error(`nothing answers ${request.method} ${request.path}`);
}
