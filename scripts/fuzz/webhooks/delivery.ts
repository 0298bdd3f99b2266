/** A request to a webhook. */
export interface Delivery {
  method: 'POST' | 'GET';
  /** Null: none is sent. */
  contentType: string | null;
  /** Without its `?`. */
  query: string;
  body: Buffer;
}

/** In a form that can be kept and played again. */
export function describeDelivery({ method, contentType, query, body }: Delivery): string {
  return JSON.stringify({ method, contentType, query, body: body.toString('base64') });
}
