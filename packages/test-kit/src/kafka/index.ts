export { type Broker, type BrokerOptions, startBroker } from './broker.ts';
export { KafkaError } from './errors.ts';
export { type TestReport, testsWithoutKafka } from './skipped-tests.ts';
