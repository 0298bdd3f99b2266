import type { RouteOptions } from 'fastify';

/** The routes of a server, to tell a wrong method from a wrong address. */
export interface AllowedMethods {
  add(route: RouteOptions): void;
  /** The methods of the routes that a path leads to, in order; none: the address is unknown. */
  of(path: string): string[];
}

export function createAllowedMethods(): AllowedMethods {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  return {
    add({ url, method }) {
      const known = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
      for (const each of [method].flat()) known.methods.add(each);
      routes.set(url, known);
    },
    of(path) {
      const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
      const found = [...routes.values()].filter(({ pattern }) => pattern.test(plain));
      return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
    },
  };
}

/** `/tickets/:ticket/note` as an expression; a wildcard stands for any rest. */
function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => {
      if (part === '*') return '.*';
      return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('/');
  return new RegExp(`^${source}$`);
}
