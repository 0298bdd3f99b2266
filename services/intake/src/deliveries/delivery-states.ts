/** `failed` waits to be looked at; `ignored` brought nothing to interpret. */
export const deliveryStates = ['pending', 'done', 'ignored', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];
