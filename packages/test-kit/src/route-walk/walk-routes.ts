import fc from 'fast-check';
import type { RouteDescription } from '../http/route-description.ts';
import { brokenRequestsOf } from './broken-requests.ts';
import { hostileRequestsOf } from './hostile-requests.ts';
import { createJudge, type KeyName } from './judge.ts';
import { type Operation, operationsOf, type WalkedDescription } from './operations.ts';
import { assemble, partsOf, type RequestKind, type WalkRequest } from './requests.ts';
import { createSender, type WalkAnswer } from './send.ts';
import { createResolver, type JsonSchema } from './values/json-schema.ts';
import { type KnownValues, plain, type ValueContext, varied } from './values/valid-values.ts';

export interface WalkOptions {
  url: string;
  description: WalkedDescription & RouteDescription;
  keys: { [name in Exclude<KeyName, 'none'>]: string };
  seed: number;
  /** Requests for each operation, of all kinds and keys together. */
  count: number;
  /** Values that exist, for an operation; asked for before each operation, so that what a request removes can come again. */
  known(operation: Operation): Promise<KnownValues>;
  /** Milliseconds until a request counts as hanging. Default: 30,000. */
  patience?: number;
  onOperation?(operation: Operation, statuses: ReadonlyMap<number, number>): void;
}

/** One kind of fault of one operation, with the smallest request that showed it. */
export interface Finding {
  operation: string;
  fault: string;
  key: KeyName;
  request: WalkRequest;
  times: number;
}

export interface WalkReport {
  requests: number;
  findings: Finding[];
  /** For each operation how often valid requests with the administrator’s key were answered with which status. */
  accepted: Map<string, Map<number, number>>;
}

/** Of ten requests so many are of this kind and with this key. */
const mix: { kind: RequestKind; key: KeyName; share: number }[] = [
  { kind: 'plain', key: 'administrator', share: 1 },
  { kind: 'valid', key: 'administrator', share: 2 },
  { kind: 'invalid', key: 'administrator', share: 3 },
  { kind: 'hostile', key: 'administrator', share: 1 },
  { kind: 'valid', key: 'reader', share: 1 },
  { kind: 'valid', key: 'customer', share: 1 },
  { kind: 'valid', key: 'none', share: 0.5 },
  { kind: 'hostile', key: 'customer', share: 0.5 },
];

/**
 * Sends requests that fast-check draws from an OpenAPI description to every operation of a running server, and judges
 * each answer by the description. The same seed draws the same requests, apart from ids that the server gives.
 */
export async function walkRoutes(options: WalkOptions): Promise<WalkReport> {
  const { url, description, keys, seed, count, known, patience = 30_000 } = options;
  const resolve = createResolver(description.components.schemas as { [name: string]: JsonSchema });
  const judge = createJudge(description);
  const { send, close } = createSender(url, patience);
  const findings = new Map<string, Finding>();
  const accepted = new Map<string, Map<number, number>>();
  let requests = 0;
  try {
    for (const [nth, operation] of operationsOf(description).entries()) {
      const statuses = new Map<number, number>();
      accepted.set(operation.id, statuses);
      for (const [part, { kind, key, share }] of mix.entries()) {
        const context = { resolve, known: await known(operation) };
        const drawn = requestsOf(operation, kind, context);
        if (drawn === null) continue;
        const numRuns = Math.max(1, Math.round((count * share) / 10));
        for (const request of fc.sample(drawn, { seed: seed + nth * mix.length + part, numRuns })) {
          requests += 1;
          const faults = await send(request, key === 'none' ? null : keys[key]).then(
            (answer: WalkAnswer) => {
              if (kind !== 'invalid' && kind !== 'hostile' && key === 'administrator')
                statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
              return judge(operation, request, key, answer);
            },
            (error: Error) => [`was not answered: ${error.message}`],
          );
          for (const fault of faults)
            keep(findings, { operation: operation.id, fault, key, request, times: 1 });
        }
      }
      options.onOperation?.(operation, statuses);
    }
  } finally {
    close();
  }
  return { requests, findings: [...findings.values()], accepted };
}

/** Requests of one kind; null when there are none of that kind. */
function requestsOf(
  operation: Operation,
  kind: RequestKind,
  context: ValueContext,
): fc.Arbitrary<WalkRequest> | null {
  if (kind === 'invalid') return brokenRequestsOf(operation, context, partsOf(operation, context, plain));
  if (kind === 'hostile') return hostileRequestsOf(operation, partsOf(operation, context, varied));
  const parts = partsOf(operation, context, kind === 'plain' ? plain : varied);
  return parts.map((each) => assemble(operation, kind, each));
}

function keep(findings: Map<string, Finding>, found: Finding): void {
  const id = `${found.operation} ${found.fault.replaceAll(/[0-9a-f-]{30,}|\d+/g, '#').slice(0, 120)}`;
  const before = findings.get(id);
  const sizeOf = ({ request }: Finding) => request.path.length + (request.body?.length ?? 0);
  if (before === undefined) findings.set(id, found);
  else findings.set(id, { ...(sizeOf(found) < sizeOf(before) ? found : before), times: before.times + 1 });
}

/** A finding in a few lines, with what is needed to send the request again. */
export function describeFinding({ operation, fault, key, request, times }: Finding): string {
  const short = (text: string) =>
    text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
  return [
    `${operation} ${fault}`,
    `  ${times} ×, ${request.kind}, key: ${key}`,
    `  ${request.method} ${short(request.path)}`,
    ...Object.entries(request.headers).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    ...(request.body === null ? [] : [`  ${short(request.body)}`]),
  ].join('\n');
}
