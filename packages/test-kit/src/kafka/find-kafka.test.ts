import { expect, it } from 'vitest';
import { KafkaError } from './errors.ts';
import { findKafka, type KafkaSources } from './find-kafka.ts';

const running = (brokers: string) => ({ brokers, stop: async () => {} });

/** Sources that all have a Kafka, but for what is given; `asked` names those that were asked, in order. */
function createSources(given: Partial<KafkaSources> = {}): { sources: KafkaSources; asked: string[] } {
  const asked: string[] = [];
  const all: KafkaSources = {
    hasEngine: async () => true,
    startContainer: async () => running('container:1'),
    missingTools: async () => '',
    startBroker: async () => running('jars:1'),
    ...given,
  };
  const noted = <T>(name: string, source: () => Promise<T>) => {
    return () => {
      asked.push(name);
      return source();
    };
  };
  const sources = {
    hasEngine: noted('hasEngine', all.hasEngine),
    startContainer: noted('startContainer', all.startContainer),
    missingTools: noted('missingTools', all.missingTools),
    startBroker: noted('startBroker', all.startBroker),
  };
  return { sources, asked };
}

it('takes the Kafka that is named, and asks for no other', async () => {
  const { sources, asked } = createSources();
  expect(await findKafka({ KAFKA_BROKERS: ' one:9092,two:9092 ' }, sources)).toMatchObject({
    brokers: 'one:9092,two:9092',
  });
  expect(asked).toEqual([]);
});

it('takes a container where an engine answers', async () => {
  const { sources, asked } = createSources();
  expect(await findKafka({ KAFKA_BROKERS: '' }, sources)).toMatchObject({ brokers: 'container:1' });
  expect(asked).toEqual(['hasEngine', 'startContainer']);
});

it('takes the jars where no engine answers', async () => {
  const { sources, asked } = createSources({ hasEngine: async () => false });
  expect(await findKafka({}, sources)).toMatchObject({ brokers: 'jars:1' });
  expect(asked).toEqual(['hasEngine', 'missingTools', 'startBroker']);
});

it('takes the jars where the container does not start', async () => {
  const startContainer = () => Promise.reject(new KafkaError('the image cannot be fetched'));
  const { sources } = createSources({ startContainer });
  expect(await findKafka({}, sources)).toMatchObject({ brokers: 'jars:1' });
});

it('says what to install where there is neither', async () => {
  const { sources, asked } = createSources({
    hasEngine: async () => false,
    missingTools: async () => 'Maven (mvn)',
  });
  expect(await findKafka({}, sources)).toEqual({
    missing: 'install Maven (mvn), or start a container engine, or set KAFKA_BROKERS',
  });
  expect(asked).not.toContain('startBroker');
});

it('says of each that does not start why', async () => {
  const { sources } = createSources({
    startContainer: () => Promise.reject(new KafkaError('the image cannot be fetched')),
    startBroker: () => Promise.reject(new KafkaError('Maven Central cannot be reached')),
  });
  expect(await findKafka({}, sources)).toEqual({
    missing: 'the image cannot be fetched; Maven Central cannot be reached',
  });
});

it('does not take a fault of its own for a Kafka that is missing', async () => {
  const { sources } = createSources({ startContainer: () => Promise.reject(new TypeError('a fault')) });
  await expect(findKafka({}, sources)).rejects.toThrow(TypeError);
});
