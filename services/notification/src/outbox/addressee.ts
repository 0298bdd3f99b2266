/** Whose definition a notification follows. */
export interface Addressee {
  kind: 'subscription' | 'on-call';
  id: string;
}

const onCallPrefix = 'on-call:';

/** As the table and the API name it: a subscription's id, or `on-call:<id>`. */
export const addresseeText = ({ kind, id }: Addressee): string =>
  kind === 'on-call' ? `${onCallPrefix}${id}` : id;

export const parseAddressee = (text: string): Addressee =>
  text.startsWith(onCallPrefix)
    ? { kind: 'on-call', id: text.slice(onCallPrefix.length) }
    : { kind: 'subscription', id: text };
