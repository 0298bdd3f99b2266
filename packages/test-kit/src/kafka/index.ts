export { type Broker, type BrokerOptions, startBroker } from './broker/broker.ts';
export { KafkaError, PortTaken } from './errors.ts';
export { type TestReport, testsWithoutKafka } from './skipped-tests.ts';
