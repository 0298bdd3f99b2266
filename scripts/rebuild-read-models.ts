/** `pnpm rebuild-read-models [--check] [--from SOURCE] [--replay-parked]`: the query service's tables from the log. */
import { setFlagsFromString } from 'node:v8';
import { describeDifference, type Rebuilt, rebuildReadModels, sourceNames } from '@ringback/query';
import { readConfiguration } from '@ringback/service-kit';
import { readArguments, refuseArguments } from '@ringback/service-kit/command-line';

// What is folded dies young. Once V8 takes some of it for lasting, collecting that costs as much as the folding.
setFlagsFromString('--no-allocation-site-pretenuring');

const usage = `pnpm rebuild-read-models [--check] [--from ${sourceNames.join('|')}] [--replay-parked]
  --check          compare with the live tables instead of taking their place; exit code 1 when they differ
  --from           where the log is read back from (postgres); kafka needs KAFKA_BROKERS too
  --replay-parked  try tickets again whose events could not be processed
`;
const write = (line: string) => process.stdout.write(`${line}\n`);

function readWanted() {
  const options = {
    check: { type: 'boolean', default: false },
    from: { type: 'string', default: 'postgres' },
    'replay-parked': { type: 'boolean', default: false },
  } as const;
  const read = readArguments({ usage, options });
  if (read === null) return null;
  const { check, from: named, 'replay-parked': replayParked } = read.values;
  const from = sourceNames.find((name) => name === named);
  if (from !== undefined) return { check: check === true, from, replayParked: replayParked === true };
  refuseArguments(`--from is one of ${sourceNames.join(', ')}`, usage);
  return null;
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

/** The embedded PostgreSQL runs while `pnpm start` does, on a port and with a password that lie alongside its data. */
function sayWhere(directory: string): string {
  return `DATABASE_URL is needed: the PostgreSQL whose read models are to be rebuilt. For the data of \`pnpm start\`,
while it runs:

  DATABASE_URL="postgres://ringback:$(cat '${directory}/postgres-password')@127.0.0.1:$(sed -n 4p '${directory}/postgres/postmaster.pid')/ringback" pnpm rebuild-read-models
`;
}

async function run(wanted: NonNullable<ReturnType<typeof readWanted>>): Promise<void> {
  const { databaseUrl, dataDirectory, kafkaBrokers, kafkaTopicPrefix } = readConfiguration(process.env);
  if (databaseUrl === null) throw new Error(sayWhere(dataDirectory));
  const kafka = { brokers: kafkaBrokers, topicPrefix: kafkaTopicPrefix };
  announce(await rebuildReadModels({ ...wanted, kafka, databaseUrl, write }));
}

const wanted = readWanted();
if (wanted !== null) {
  await run(wanted).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
}
