import { defaultTopicPrefix } from '@ringback/event-log';
import * as z from 'zod';

/** A fault in the environment names what is allowed, never the value: it may be a secret. */
export class ConfigurationInvalid extends Error {
  constructor(faults: string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigurationInvalid';
  }
}

/** Of `DATA_DIR`, relative to the working directory. */
export const defaultDataDirectory = '.data';

const url = (protocols: string[], needs: { host: boolean } = { host: true }) => {
  const allowed = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  const isUrl = (text: string) => URL.canParse(text) && protocols.includes(new URL(text).protocol);
  return z
    .string()
    .refine(isUrl, { error: allowed, abort: true })
    .refine((text) => !needs.host || new URL(text).hostname !== '', `${allowed} and names a host`)
    .refine(isDecodable, 'a URL in which %, if it is meant itself, is written as %25');
};

function isDecodable(text: string): boolean {
  const { username, password, pathname } = new URL(text);
  try {
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}

const flag = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');
const wholeNumber = (minimum: number, maximum: number) => {
  const allowed = `a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, allowed)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, allowed);
};
const days = (standard: number) => wholeNumber(0, 36_500).default(standard);
const printable = (minimum: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[\\x21-\\x7e]{${minimum},200}$`),
      `${minimum} to 200 printable characters without spaces`,
    );

/**
 * Every variable, once: what is allowed, its default, and its row in the README: `description`, and `shown` where the
 * default is not a value.
 */
const Environment = z.object({
  // Without a host it is the local socket.
  DATABASE_URL: url(['postgres:', 'postgresql:'], { host: false }).optional().meta({
    shown: 'embedded',
    description: 'PostgreSQL; unset, one runs inside with its data in `DATA_DIR`',
  }),
  HOST: z.string().min(1).default('127.0.0.1').meta({ description: 'address to listen on' }),
  PORT: wholeNumber(0, 65_535).default(8080).meta({ description: 'port to listen on; 0 takes a free one' }),
  DATA_DIR: z.string().min(1).default(defaultDataDirectory).meta({
    description: 'data of the embedded PostgreSQL and the development key',
  }),
  CATALOG: z.string().min(1).optional().meta({
    shown: 'the five shipped',
    description: 'a catalog file, or a folder of them, published at start',
  }),
  BOOTSTRAP_API_KEY: printable(16).optional().meta({
    description: 'an administrator’s key, which replaces that of a former value: 16–200 printable characters',
  }),
  SECRET_KEY: printable(32).optional().meta({
    shown: 'kept in the database',
    description: 'seals stored signing secrets: 32–200 printable characters',
  }),
  PUBLIC_URL: url(['http:', 'https:']).optional().meta({
    shown: 'the listening address',
    description: 'how phone systems and readers of messages reach Ringback',
  }),
  SMTP_URL: url(['smtp:', 'smtps:']).optional().meta({
    description: '`smtp://` or `smtps://` server; unset, e-mails wait',
  }),
  MAIL_FROM: z
    .string()
    .min(3)
    .default('Ringback <ringback@localhost>')
    .meta({ description: 'sender of e-mails' }),
  ALLOW_PRIVATE_WEBHOOKS: flag.optional().meta({
    shown: 'true when embedded',
    description: 'let webhooks go to private and loopback addresses',
  }),
  TRUST_PROXY: flag.default(false).meta({ description: 'believe `X-Forwarded-*` of the proxy in front' }),
  REQUESTS_PER_MINUTE: wholeNumber(1, 100_000_000).default(60_000).meta({
    description:
      'of a key without a limit of its own, in each process; keys with the scope `administration` have none',
  }),
  FEEDS: wholeNumber(1, 9_999_999)
    .default(20_000)
    .meta({ description: 'live feeds open at once in one process' }),
  FEEDS_PER_KEY: wholeNumber(1, 9_999_999).default(1_000).meta({
    description: 'live feeds open at once with one key; administrators’ keys have no limit of their own',
  }),
  KEEP_DELIVERIES_DAYS: days(90).meta({
    description:
      'days that webhook deliveries are kept once they are done or failed; 0 keeps them indefinitely',
  }),
  KEEP_NOTIFICATIONS_DAYS: days(90).meta({
    description:
      'days that notifications and their attempts are kept once they are over; 0 keeps them indefinitely',
  }),
  KEEP_IDEMPOTENCY_KEYS_DAYS: days(7).meta({
    description: 'days that a repeated `Idempotency-Key` gets its first answer; 0 keeps it indefinitely',
  }),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'host:port, several separated by commas')
    .optional()
    .meta({ description: 'brokers that carry the log between processes' }),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, '1 to 100 letters, digits, points, underscores and hyphens')
    .default(defaultTopicPrefix)
    .meta({ description: 'what the names of Kafka’s topics and consumer groups begin with' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .meta({ description: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`' }),
});

export interface Configuration {
  /** Null: PostgreSQL is embedded, its data below `dataDirectory`. */
  databaseUrl: string | null;
  /** Empty: PostgreSQL alone carries the log. */
  kafkaBrokers: string[];
  kafkaTopicPrefix: string;
  host: string;
  port: number;
  dataDirectory: string;
  /** A catalog's file or a folder of them; null: the shipped ones. */
  catalog: string | null;
  bootstrapApiKey: string | null;
  secretKey: string | null;
  /** How the outside reaches us, for links and webhook addresses. */
  publicUrl: string | null;
  smtpUrl: string | null;
  mailFrom: string;
  /** Whether webhooks may go to loopback and private addresses. */
  allowPrivateWebhooks: boolean;
  trustProxy: boolean;
  /** Of a key without a limit of its own. */
  requestsPerMinute: number;
  /** Open at once in this process, and with one key that is not an administrator's. */
  feeds: number;
  feedsPerKey: number;
  /** Days that what is over is kept; 0: indefinitely. */
  keep: { deliveries: number; notifications: number; idempotencyKeys: number };
  logLevel: string;
}

/** Every variable with its default and meaning; the README's table is this. */
export const configurationTable: { name: string; default: string; meaning: string }[] = Object.entries(
  Environment.shape,
).map(([name, field]) => {
  const { shown, description = '' } = z.globalRegistry.get(field) as { shown?: string; description?: string };
  const value = field instanceof z.ZodDefault ? String(field.def.defaultValue) : '–';
  return { name, default: shown ?? value, meaning: description };
});

/** Reads the environment; an empty variable counts as unset. Throws `ConfigurationInvalid` with every fault at once. */
export function readConfiguration(environment: { [name: string]: string | undefined }): Configuration {
  const given = Object.fromEntries(
    Object.keys(Environment.shape).map((name) => [
      name,
      environment[name] === '' ? undefined : environment[name],
    ]),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigurationInvalid(
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  }
  const values = parsed.data;
  return {
    databaseUrl: values.DATABASE_URL ?? null,
    kafkaBrokers: values.KAFKA_BROKERS?.split(',') ?? [],
    kafkaTopicPrefix: values.KAFKA_TOPIC_PREFIX,
    host: values.HOST,
    port: values.PORT,
    dataDirectory: values.DATA_DIR,
    catalog: values.CATALOG ?? null,
    bootstrapApiKey: values.BOOTSTRAP_API_KEY ?? null,
    secretKey: values.SECRET_KEY ?? null,
    publicUrl: values.PUBLIC_URL ?? null,
    smtpUrl: values.SMTP_URL ?? null,
    mailFrom: values.MAIL_FROM,
    allowPrivateWebhooks: values.ALLOW_PRIVATE_WEBHOOKS ?? values.DATABASE_URL === undefined,
    trustProxy: values.TRUST_PROXY,
    requestsPerMinute: values.REQUESTS_PER_MINUTE,
    feeds: values.FEEDS,
    feedsPerKey: values.FEEDS_PER_KEY,
    keep: {
      deliveries: values.KEEP_DELIVERIES_DAYS,
      notifications: values.KEEP_NOTIFICATIONS_DAYS,
      idempotencyKeys: values.KEEP_IDEMPOTENCY_KEYS_DAYS,
    },
    logLevel: values.LOG_LEVEL,
  };
}
