import { checkTarget } from '@ringback/service-kit';
import { Webhook } from 'standardwebhooks';
import { type Agent, request } from 'undici';
import { type DeliveryOutcome, delivered, failed } from '../../delivery/outcome.ts';

export interface WebhookMessage {
  /** Stays the same over all tries: receivers tell repeats by it. */
  id: string;
  url: string;
  /** `whsec_…`. */
  secret: string;
  body: string;
}

export interface WebhookTransport {
  agent: Agent;
  allowPrivate: boolean;
  /** Milliseconds. */
  answerTimeout: number;
  /** By the database's clock, epoch milliseconds: receivers refuse what seems old or to come. */
  now(): number;
}

const mostOfBody = 65_536;
const bodyMilliseconds = 1_000;

/** Faults before the request was out: the receiver certainly does not have it. */
const beforeSending = new Set([
  'TARGET_FORBIDDEN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The headers of Standard Webhooks: id, instant of this try, signature over both and the body. */
function signatureHeaders({ id, secret, body }: WebhookMessage, at: Date): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

/**
 * Posts a message signed by Standard Webhooks. Any 2xx is a success; a redirect is a failure and is not followed; 410
 * says that the receiver wants no more. Never rejects.
 */
export async function sendWebhook(
  message: WebhookMessage,
  { agent, allowPrivate, answerTimeout, now }: WebhookTransport,
): Promise<DeliveryOutcome> {
  const { url, body } = message;
  const timeout = AbortSignal.timeout(answerTimeout);
  try {
    checkTarget(url, allowPrivate);
    const response = await request(url, {
      method: 'POST',
      dispatcher: agent,
      body,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'Ringback/1',
        ...signatureHeaders(message, new Date(now())),
      },
      headersTimeout: answerTimeout,
      signal: timeout,
    });
    // Only the status matters: the body is thrown away, a long or slow one is cut off.
    await response.body
      .dump({ limit: mostOfBody, signal: AbortSignal.timeout(bodyMilliseconds) })
      .catch(() => {});
    return judge(response.statusCode, response.headers['retry-after'], now());
  } catch (error) {
    if (timeout.aborted)
      return failed(`no answer within ${answerTimeout / 1_000} s`, { mayHaveArrived: true });
    return unanswered(error);
  }
}

function unanswered(error: unknown): DeliveryOutcome {
  const outer = error instanceof Error ? error : new Error(String(error));
  const { code, message } = ((outer.cause as Error | undefined) ?? outer) as Error & { code?: string };
  // Several addresses were tried: what is said of each is in its own error.
  const text = message === '' ? (code ?? outer.name) : message;
  return failed(text, { mayHaveArrived: code === undefined || !beforeSending.has(code) });
}

function judge(status: number, retryAfter: string | string[] | undefined, now: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return delivered(status);
  if (status === 410) return failed('the receiver wants no more (410)', { kind: 'gone', status });
  return failed(`the receiver answered ${status}`, {
    status,
    retryAfter: readRetryAfter(String(retryAfter ?? ''), now),
  });
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3), of which `now` is taken away. */
function readRetryAfter(text: string, now: number): number | null {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1_000);
}
