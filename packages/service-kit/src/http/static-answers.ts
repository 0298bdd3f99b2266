import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify';

interface Kept {
  etag: string;
  br: Promise<Buffer>;
  gzip: Promise<Buffer>;
}

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);
/** The highest quality takes seconds for the page's script, and wins a few percent. */
const brotliQuality = 6;

/**
 * An `onSend` hook for answers that do not change while the process runs: compressed once, with an ETag, so that a
 * browser that has them gets 304.
 */
export function keepStaticAnswers(): onSendAsyncHookHandler<unknown> {
  const kept = new Map<string, Kept>();
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (reply.statusCode !== 200 || !isText) return payload;
    const route = request.routeOptions.url ?? '';
    const known = kept.get(route) ?? keep(Buffer.from(payload));
    kept.set(route, known);
    reply.headers({ etag: known.etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
    if (namesTag(request.headers['if-none-match'], known.etag)) {
      reply.status(304).removeHeader('content-length');
      return '';
    }
    const encoding = (['br', 'gzip'] as const).find((each) =>
      accepts(request.headers['accept-encoding'], each),
    );
    if (encoding === undefined) return payload;
    reply.header('content-encoding', encoding).removeHeader('content-length');
    return await known[encoding];
  };
}

function keep(body: Buffer): Kept {
  const etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
  return { etag, br: compressBrotli(body, { params }), gzip: compressGzip(body) };
}

const namesTag = (header: string | undefined, etag: string): boolean =>
  header !== undefined && (header.trim() === '*' || header.split(',').some((tag) => tag.trim() === etag));

/** `q=0` refuses an encoding (RFC 9110, 12.5.3). */
const accepts = (header: string | string[] | undefined, encoding: string): boolean =>
  String(header ?? '')
    .split(',')
    .some((part) => {
      const [name, ...parameters] = part.trim().split(/\s*;\s*/);
      return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
