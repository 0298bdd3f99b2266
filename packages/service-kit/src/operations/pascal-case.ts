/** `sla-timer` → `SlaTimer`: a service's name within an operationId. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
