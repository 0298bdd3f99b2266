export interface RunningKafka {
  /** What a client takes as its list of brokers, separated by commas. */
  readonly brokers: string;
  /** Ends what was started; a Kafka that was there before goes on. */
  stop(): Promise<void>;
}
