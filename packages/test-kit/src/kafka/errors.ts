/** Kafka could not be had or did not start. The message says what to do. */
export class KafkaError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaError';
  }
}

/** Another program has the port that the broker was to have. */
export class PortTaken extends KafkaError {
  readonly port: number;

  constructor(port: number) {
    super(
      `port ${port}, which the Kafka broker was to have, is taken: stop what listens there, or take another`,
    );
    this.name = 'PortTaken';
    this.port = port;
  }
}
