export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever an answer holds, and fails where it is not there.
  body: any;
}

export interface HttpClient {
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** The same server with another key; null: without one. */
  as(key: string | null): HttpClient;
}

/** Asks a server as a client would: JSON in and out, text where a string is given. */
export function createHttpClient(url: string, key: string | null): HttpClient {
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const content =
      body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const type =
      body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' };
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(new URL(path, url), {
      method,
      headers: { ...authorization, ...type, ...headers },
      ...content,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body, headers) => send('PUT', path, body, headers),
    delete: (path) => send('DELETE', path),
    as: (other) => createHttpClient(url, other),
  };
}
