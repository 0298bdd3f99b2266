/** What happens between the log and Kafka, for metrics. Each may be left out. */
export interface KafkaObserver {
  /** This process has begun to lead the relay, or ceased to. */
  onLead?(leads: boolean): void;
  /** A batch was acknowledged; everything at or before `position` is in Kafka. */
  onSent?(messages: number, seconds: number, position: number): void;
  onSendFailed?(): void;
  /** An event that no topic takes: consumers read it from PostgreSQL. */
  onOversized?(): void;
  /** The group was shared out, at the start or again. */
  onRebalance?(subscription: string): void;
  /** The consumer has ended by itself and is made again. */
  onCrash?(subscription: string): void;
  /** Events that had been applied before they came. */
  onIgnored?(subscription: string, events: number): void;
  /** `gap`: a version that Kafka left out; `sweep`: what did not come at all. */
  onReadFromLog?(subscription: string, why: 'gap' | 'sweep', events: number): void;
  onForeign?(subscription: string, messages: number): void;
}
