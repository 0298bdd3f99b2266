const mask = '[redacted]';

/** Keys and signing secrets of ours, credentials in a URL, and tokens in a webhook's address. */
const secrets = [
  /\b(?:rb|whsec)_[A-Za-z0-9+/=_-]{8,}/gi,
  /(?<=:\/\/)[^/\s@]+@/g,
  /(?<=\/v1\/webhooks\/[^/\s]{1,100}\/)[^\s"'?#]+/g,
];

/** Secrets of the configuration, whatever they look like, as they are and as an address spells them. */
const configured = new Set<string>();

/** From now on this text is masked wherever it would be logged or answered. */
export function hideSecret(secret: string | null): void {
  if (secret !== null && secret !== '') configured.add(secret).add(encodeURIComponent(secret));
}

/** Text without what must not be read in a log or an answer. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const secret of configured) masked = masked.replaceAll(secret, mask);
  return secrets.reduce((rest, pattern) => rest.replaceAll(pattern, mask), masked);
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Longer than any id that people choose or read out, without a space: a token or a key. */
const token = /^[\x21-\x7e]{20,}$/;

/**
 * The path of a request as a problem's `instance` may repeat it. An address that leads to no route may be a mistyped
 * webhook or hold a key anywhere, so nothing of it is repeated but that it lies below `/v1`.
 */
export function presentableAddress(url: string, route: string | undefined): string {
  const path = url.split(/[?#]/)[0] ?? '';
  if (route === undefined) return /^\/v1(\/|$)/.test(path) ? '/v1' : '/';
  if (route.startsWith('/v1/webhooks/')) return '/v1/webhooks';
  const segments = path.split('/').map((segment, index) => {
    // What the route itself says is not from the caller.
    if (!(route.split('/')[index] ?? ':').startsWith(':')) return segment;
    return isSecret(segment) ? mask : segment;
  });
  return segments.join('/');
}

function isSecret(segment: string): boolean {
  let text: string;
  try {
    text = decodeURIComponent(segment);
  } catch {
    return true;
  }
  return (
    configured.has(text) ||
    /^(?:rb|whsec)_/i.test(text) ||
    (token.test(text) && !uuid.test(text) && /\d|_/.test(text) && /[A-Z]/.test(text))
  );
}
