import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createHttpClient } from '@ringback/test-kit';
import { expect } from 'vitest';

interface Step {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** The name under which an earlier step saved the key to use. */
  as?: string;
  waitSeconds?: number;
  /** Name → pointer into the answer. */
  save?: Record<string, string>;
  expect?: {
    status: number;
    /** Pointer → value. */
    ptr?: Record<string, unknown>;
    contains?: string[];
    absent?: string[];
    csv?: boolean;
  };
}

/** A situation that people reported of a help desk, as requests with what the answers hold. */
export interface FieldCase {
  id: string;
  group: string;
  source: string;
  situation: string;
  expected: string;
  requests: Step[];
  /** Calendar files that a web server offers: name → text. */
  ics?: Record<string, string>;
}

export interface FieldServer {
  url: string;
  key: string;
  /** The web server of the calendar files. */
  ics: { url: string; files: Map<string, string> };
}

/** Runs the steps in order. Rejects at the first answer that is not as expected. */
export async function runFieldCase({ requests, ics = {} }: FieldCase, server: FieldServer): Promise<void> {
  const words = new Map([
    ['u', `u${randomBytes(6).toString('hex')}`],
    ['ics', server.ics.url],
  ]);
  const fill = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => {
        const text = words.get(word);
        if (text === undefined) throw new Error(`nothing was saved as ${word}`);
        return JSON.stringify(text).slice(1, -1);
      }),
    );
  for (const [name, text] of Object.entries(ics)) {
    server.ics.files.set(fill(name), text.replaceAll('{{u}}', words.get('u') ?? ''));
  }
  for (const [index, step] of requests.entries()) {
    const { save = {}, ...request } = step;
    const { method, path, body, headers, as, waitSeconds = 0, expect: wanted } = fill(request);
    if (waitSeconds > 0) await delay(waitSeconds * 1_000);
    const key = as === undefined ? server.key : (words.get(as) ?? '');
    const answer = await createHttpClient(server.url, key).send(method, path, body, headers);
    const where = `step ${index + 1}, ${method} ${path}`;
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    if (wanted === undefined) expect(answer.status, `${where}: ${text}`).toBeLessThan(400);
    else
      expect([where, answer.status, text.slice(0, 2_000)]).toEqual([
        where,
        wanted.status,
        expect.any(String),
      ]);
    for (const [pointer, value] of Object.entries(wanted?.ptr ?? {})) {
      const got = read(answer.body, pointer);
      expect([where, pointer, got], text.slice(0, 4_000)).toEqual([where, pointer, value]);
    }
    for (const part of wanted?.contains ?? []) expect(text).toContain(part);
    for (const part of wanted?.absent ?? []) expect(text).not.toContain(part);
    if (wanted?.csv === true) expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    for (const [name, pointer] of Object.entries(save)) {
      const value = read(answer.body, pointer);
      expect(value, `${where} has no ${pointer}: ${text}`).toBeDefined();
      words.set(name, String(value));
    }
  }
}

/** `/items/objective=response,occurrence=1/dueAt`: an item of a list by its fields; `#`: how many it has. */
function read(body: unknown, pointer: string): unknown {
  let value: unknown = body;
  for (const part of pointer.split('/').slice(1)) {
    if (value === null || typeof value !== 'object') return undefined;
    if (!Array.isArray(value)) value = (value as Record<string, unknown>)[part];
    else if (part === '#') value = value.length;
    else if (/^\d+$/.test(part)) value = value[Number(part)];
    else {
      const wanted = part.split(',').map((pair) => pair.split('='));
      value = value.find((item) => wanted.every(([field = '', text]) => String(item[field]) === text));
    }
  }
  return value;
}
