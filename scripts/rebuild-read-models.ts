/** `pnpm rebuild-read-models [--check] [--from SOURCE] [--replay-parked]`: the query service's tables from the log. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { describeDifference, type Rebuilt, rebuildReadModels, sourceNames } from '@ringback/query';
import { readConfiguration } from '@ringback/service-kit';

// What is folded dies young. Once V8 takes some of it for lasting, collecting that costs as much as the folding.
setFlagsFromString('--no-allocation-site-pretenuring');

const usage = `pnpm rebuild-read-models [--check] [--from ${sourceNames.join('|')}] [--replay-parked]
  --check          compare with the live tables instead of taking their place; exit code 1 when they differ
  --from           where the log is read back from (postgres); kafka needs KAFKA_BROKERS too
  --replay-parked  try tickets again whose events could not be processed
`;
const write = (line: string) => process.stdout.write(`${line}\n`);

function readArguments() {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
      options: {
        check: { type: 'boolean', default: false },
        from: { type: 'string', default: 'postgres' },
        'replay-parked': { type: 'boolean', default: false },
      },
    });
    const from = sourceNames.find((name) => name === values.from);
    if (from === undefined) throw new Error(`--from is one of ${sourceNames.join(', ')}`);
    return { check: values.check, from, replayParked: values['replay-parked'] };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return null;
  }
}

function announce({ tickets, events, position, failed, comparison }: Rebuilt): void {
  for (const { streamId, positions, error } of failed)
    write(`ticket ${streamId} cannot be processed from position ${positions[0]} on: ${error}`);
  const count = `${tickets.toLocaleString('en')} tickets, ${events.toLocaleString('en')} events`;
  if (comparison === null) {
    write(`The read models are those of position ${position} of the log: ${count}.`);
    return;
  }
  for (const difference of comparison.differences) write(describeDifference(difference));
  const rows = comparison.rows.toLocaleString('en');
  write(
    comparison.different === 0
      ? `The live read models are what the log says at position ${position}: ${rows} rows, ${count}.`
      : `${comparison.different} of ${rows} rows differ from what the log says at position ${position}.`,
  );
  if (comparison.different > 0) process.exitCode = 1;
}

/** The embedded PostgreSQL runs while `pnpm start` does, on a port and with a password that lie beside its data. */
function sayWhere(directory: string): string {
  return `DATABASE_URL is needed: the PostgreSQL whose read models are to be rebuilt. For the data of \`pnpm start\`,
while it runs:

  DATABASE_URL="postgres://ringback:$(cat '${directory}/postgres-password')@127.0.0.1:$(sed -n 4p '${directory}/postgres/postmaster.pid')/ringback" pnpm rebuild-read-models
`;
}

const wanted = readArguments();
const { databaseUrl, dataDirectory, kafkaBrokers, kafkaTopicPrefix } = readConfiguration(process.env);
if (wanted === null) process.exitCode = 2;
else if (databaseUrl === null) {
  process.stderr.write(sayWhere(dataDirectory));
  process.exitCode = 2;
} else {
  try {
    const kafka = { brokers: kafkaBrokers, topicPrefix: kafkaTopicPrefix };
    announce(await rebuildReadModels({ ...wanted, kafka, databaseUrl, write }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
