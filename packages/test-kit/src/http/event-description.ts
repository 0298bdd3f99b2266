import { Ajv } from 'ajv';

/** As far as a test needs it: an AsyncAPI description. */
export interface EventDescription {
  channels: { [id: string]: { messages: { [type: string]: { payload: object; headers: object } } } };
  components: { schemas: { [name: string]: object } };
}

export interface SentMessage {
  type: string;
  payload: unknown;
  headers: unknown;
}

/**
 * What a description says is wrong with a message on one of its channels, one line each; empty: it is as described.
 * Instants and ids are judged by their patterns.
 */
export function createMessageCheck(
  description: EventDescription,
): (channel: string, message: SentMessage) => string[] {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'description', components: description.components });
  const faults = (schema: object, value: unknown, where: string): string[] => {
    const local = JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components/', '"description#/components/'),
    );
    const validate = ajv.compile(local);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${where}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
  return (channel, { type, payload, headers }) => {
    const described = description.channels[channel]?.messages[type];
    if (described === undefined) return [`${channel} describes no ${type}`];
    return [
      ...faults(described.payload, payload, 'payload'),
      ...faults(described.headers, headers, 'headers'),
    ];
  };
}
