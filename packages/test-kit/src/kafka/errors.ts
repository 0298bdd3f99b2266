/** Kafka could not be had or did not start. The message says what to do. */
export class KafkaError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaError';
  }
}
