import { randomUUID } from 'node:crypto';
import { TextInvalid } from '../errors.ts';
import type { AppendRequest, Category, JsonObject, Metadata } from '../port.ts';

interface EncodedEvent {
  id: string;
  type: string;
  v: number;
  data: string;
  metadata: string;
  occurredAt: string | null;
  /** As the caller gave it. */
  content: JsonObject;
}

export interface EncodedStream {
  category: Category;
  id: string;
  /** -1: any, else the version that the stream must have. */
  expected: number;
  events: EncodedEvent[];
}

/** A request as the statement takes it; event ids are made here, so that a retry can find its own events. */
export interface EncodedRequest {
  streams: EncodedStream[];
  command: { id: string; fingerprint: string; result: string | null } | null;
  metadata: Metadata;
}

/** Throws `TextInvalid` for text that PostgreSQL cannot store. */
export function encode({ appends, command, metadata }: AppendRequest): EncodedRequest {
  const encodedMetadata = encodeJson(metadata, '/metadata');
  return {
    streams: appends.map(({ stream, expected, events }) => ({
      category: stream.category,
      id: stream.id,
      expected: expected === 'any' ? -1 : expected === 'none' ? 0 : expected,
      events: events.map(({ id, type, v, data, occurredAt }) => ({
        id: id ?? randomUUID(),
        type,
        v,
        data: encodeJson(data, ''),
        metadata: encodedMetadata,
        occurredAt: occurredAt ?? null,
        content: data,
      })),
    })),
    command:
      command === undefined
        ? null
        : {
            id: command.id,
            fingerprint: command.fingerprint,
            result: command.result === undefined ? null : encodeJson(command.result, '/result'),
          },
    metadata,
  };
}

/** `JSON.stringify` writes a NUL as \u0000 and half of a surrogate pair as \ud…; nothing else looks like that. */
const suspicious = /\\u(?:0000|d[89a-f])/;

function encodeJson(value: unknown, path: string): string {
  const text = JSON.stringify(value);
  if (suspicious.test(text)) {
    const found = findInvalidText(value, path);
    if (found !== null) throw new TextInvalid(found);
  }
  return text;
}

function findInvalidText(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') ? null : path;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, child] of Object.entries(value)) {
    const here = `${path}/${key}`;
    const found = findInvalidText(key, here) ?? findInvalidText(child, here);
    if (found !== null) return found;
  }
  return null;
}
