import { defaultTopicPrefix } from '@ringback/event-log';
import * as z from 'zod';

/** A fault in the environment names what is allowed, never the value: it may be a secret. */
export class ConfigurationInvalid extends Error {
  constructor(faults: string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigurationInvalid';
  }
}

const url = (protocols: string[]) => {
  const allowed = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
  return z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), allowed);
};
const count = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'a whole number from 1 to 9999999')
  .transform(Number);
const flag = z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true');

const Environment = z.object({
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'host:port, several separated by commas')
    .optional(),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, '1 to 100 letters, digits, points, underscores and hyphens')
    .default(defaultTopicPrefix),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d+$/, 'a port number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'a port number from 0 to 65535')
    .default(8080),
  DATA_DIR: z.string().min(1).default('.data'),
  CATALOG: z.string().min(1).optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{16,200}$/, '16 to 200 printable characters without spaces')
    .optional(),
  SECRET_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32,200}$/, '32 to 200 printable characters without spaces')
    .optional(),
  PUBLIC_URL: url(['http:', 'https:']).optional(),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  MAIL_FROM: z.string().min(3).default('Ringback <ringback@localhost>'),
  ALLOW_PRIVATE_WEBHOOKS: flag.optional(),
  TRUST_PROXY: flag.default(false),
  FEEDS: count.default(20_000),
  FEEDS_PER_KEY: count.default(1_000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
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
  /** Open at once in this process, and with one key that is not an administrator's. */
  feeds: number;
  feedsPerKey: number;
  logLevel: string;
}

/** Every variable with its default and meaning; the README's table is this. */
export const configurationTable: {
  name: keyof z.input<typeof Environment>;
  default: string;
  meaning: string;
}[] = [
  {
    name: 'DATABASE_URL',
    default: 'embedded',
    meaning: 'PostgreSQL; unset, one runs inside with its data in `DATA_DIR`',
  },
  { name: 'HOST', default: '127.0.0.1', meaning: 'address to listen on' },
  { name: 'PORT', default: '8080', meaning: 'port to listen on; 0 takes a free one' },
  { name: 'DATA_DIR', default: '.data', meaning: 'data of the embedded PostgreSQL and the development key' },
  {
    name: 'CATALOG',
    default: 'the five shipped',
    meaning: 'a catalog file, or a folder of them, published at start',
  },
  {
    name: 'BOOTSTRAP_API_KEY',
    default: '–',
    meaning: 'an administrator’s key made at first start: 16–200 printable characters',
  },
  {
    name: 'SECRET_KEY',
    default: 'kept in the database',
    meaning: 'seals stored signing secrets: 32–200 printable characters',
  },
  {
    name: 'PUBLIC_URL',
    default: 'the listening address',
    meaning: 'how phone systems and readers of messages reach Ringback',
  },
  { name: 'SMTP_URL', default: '–', meaning: '`smtp://` or `smtps://` server; unset, e-mails wait' },
  { name: 'MAIL_FROM', default: 'Ringback <ringback@localhost>', meaning: 'sender of e-mails' },
  {
    name: 'ALLOW_PRIVATE_WEBHOOKS',
    default: 'true when embedded',
    meaning: 'let webhooks go to private and loopback addresses',
  },
  { name: 'TRUST_PROXY', default: 'false', meaning: 'believe `X-Forwarded-*` of the proxy in front' },
  { name: 'FEEDS', default: '20000', meaning: 'live feeds open at once in one process' },
  {
    name: 'FEEDS_PER_KEY',
    default: '1000',
    meaning: 'live feeds open at once with one key; administrators’ keys have no limit of their own',
  },
  { name: 'KAFKA_BROKERS', default: '–', meaning: 'brokers that carry the log between processes' },
  {
    name: 'KAFKA_TOPIC_PREFIX',
    default: defaultTopicPrefix,
    meaning: 'what the names of Kafka’s topics and consumer groups begin with',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    meaning: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  },
];

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
    feeds: values.FEEDS,
    feedsPerKey: values.FEEDS_PER_KEY,
    logLevel: values.LOG_LEVEL,
  };
}
