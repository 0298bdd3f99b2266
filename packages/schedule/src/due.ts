export interface Due {
  ticketId: string;
  /** Epoch milliseconds. */
  dueAt: number;
}
