import type { CallEvent } from '@ringback/domain/phone';
import type { RawDelivery } from './fields/body.ts';

interface AdapterAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** One phone system's dialect. A new one is a file like this one's neighbours, its fixtures, and a line in the list. */
export interface Adapter {
  name: string;
  /** What the delivery says; none is legal. Rejects with a sentence when it cannot be understood. */
  normalise(delivery: RawDelivery): Promise<CallEvent[]>;
  /** What that system expects to hear when the delivery is stored. */
  answer: AdapterAnswer;
}
