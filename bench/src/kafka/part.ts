import { startBroker } from '@ringback/test-kit/kafka';
import { type Figure, milliseconds, perSecond, report, times } from '../report.ts';
import { measureCarrying } from './carrying.ts';
import { measureKafkajsDelivery } from './kafkajs/kafkajs-delivery.ts';
import { measureLogDelivery } from './log-delivery.ts';
import type { Throughput } from './throughput.ts';

const rates = [500, 2_000, 5_000];
/** A backlog has so many events for each second that a figure is measured for. */
const backlogPerSecond = 20_000;

/** The log carried by Kafka, alongside kafkajs alone on the same broker, which is started for it. */
export async function measureKafka(
  connectionString: string,
  seconds: number,
  write: (text: string) => void,
): Promise<void> {
  const broker = await startBroker();
  try {
    const { brokers } = broker;
    const figures: Figure[] = [];
    for (const rate of rates) {
      const alone = await measureKafkajsDelivery({ brokers, perSecond: rate, seconds });
      const ours = await measureLogDelivery({ connectionString, brokers, perSecond: rate, seconds });
      figures.push(
        {
          name: `kafkajs, ${rate}/s`,
          value: `p50 ${milliseconds(alone.p50)}, p99 ${milliseconds(alone.p99)}`,
        },
        {
          name: `append to committed effect, ${rate}/s`,
          value: `p50 ${milliseconds(ours.p50)}, p99 ${milliseconds(ours.p99)}`,
          ratio: `p50 ${times(ours.p50, alone.p50)}, p99 ${times(ours.p99, alone.p99)}`,
        },
      );
    }
    report('Delivery through Kafka into another process', figures, write);
    const backlog = seconds * backlogPerSecond;
    const carrying = await measureCarrying(connectionString, brokers, backlog);
    report(
      `A backlog of ${backlog.toLocaleString('en')} events`,
      [
        figure(`kafkajs sends, ${carrying.perSend} at a time`, carrying.sending),
        figure('the relay publishes', carrying.relay, { kafkajs: carrying.sending }),
        figure('kafkajs reads', carrying.reading),
        figure('a subscription on PostgreSQL catches up', carrying.fromPostgres),
        figure('a subscription on Kafka catches up', carrying.subscription, {
          kafkajs: carrying.reading,
          PostgreSQL: carrying.fromPostgres,
        }),
      ],
      write,
    );
  } finally {
    await broker.stop();
  }
}

function figure(
  name: string,
  { perSecond: pace, processor }: Throughput,
  baselines: { [name: string]: Throughput } = {},
): Figure {
  const ratios = Object.entries(baselines).map(
    ([of, baseline]) => `${times(pace, baseline.perSecond)} ${of}`,
  );
  const spent = `${processor.toFixed(0)} µs of a processor each`;
  return { name, value: perSecond(pace), ratio: ratios.join(', '), aim: spent };
}
