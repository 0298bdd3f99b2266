import { channels } from './channels.ts';
import { operations } from './operations.ts';
import { eventSchemas } from './schemas.ts';

/**
 * Every event that leaves Ringback, as AsyncAPI 3: from the schemas that the events are checked by. The same on every
 * service. `url`: where the API is reached.
 */
export function describeEvents({ version, url }: { version: string; url: string }) {
  const { host, protocol, pathname } = new URL(url);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ringback events',
      version,
      description:
        'What happens to tickets, as [CloudEvents](https://cloudevents.io) 1.0: on Kafka, as server-sent events, and as ' +
        '[Standard Webhooks](https://www.standardwebhooks.com). An event is the same on each of them, with the same id. ' +
        'Instants are ISO 8601 in UTC with milliseconds. Commands and questions are in `/openapi.json`.',
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      api: {
        host,
        ...(pathname === '/' ? {} : { pathname }),
        protocol: protocol.slice(0, -1),
        description: 'The API.',
      },
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'The brokers that a deployment names in `KAFKA_BROKERS`.',
        variables: { brokers: { default: '127.0.0.1:9092', description: 'Host and port of a broker.' } },
      },
      receiver: {
        host: '{host}',
        pathname: '/{path}',
        protocol: 'https',
        description: 'Whoever subscribed.',
        variables: {
          host: { default: 'portal.example' },
          path: { default: 'hooks/ringback' },
        },
      },
    },
    channels,
    operations,
    components: {
      schemas: eventSchemas(),
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key' } },
    },
  };
}
