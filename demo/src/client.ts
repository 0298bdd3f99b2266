export type Json = { [key: string]: unknown };

export interface Client {
  get(path: string): Promise<Json>;
  post(path: string, body: Json): Promise<Json>;
  put(path: string, body: Json | string, contentType?: string): Promise<Json>;
  delete(path: string): Promise<Json>;
}

/** A client of Ringback's API at `url`. Rejects with the problem's text when the answer is not a 2xx. */
export function createClient(url: string, key: string): Client {
  async function send(method: string, path: string, body?: Json | string, contentType = 'application/json') {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    put: (path, body, contentType) => send('PUT', path, body, contentType),
    delete: (path) => send('DELETE', path),
  };
}
