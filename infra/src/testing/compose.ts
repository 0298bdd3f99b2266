import { readYaml } from './repository.ts';

export interface ComposeService {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment?: { [name: string]: string };
  ports?: string[];
  volumes?: string[];
  depends_on?: {
    [service: string]: {
      condition: 'service_healthy' | 'service_completed_successfully' | 'service_started';
    };
  };
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
}

export interface Compose {
  services: { [name: string]: ComposeService };
  volumes: { [name: string]: unknown };
}

type Environment = { [name: string]: string };

/** The file as it is written, its variables not replaced. */
export function readComposeFile(): unknown {
  return readYaml('docker-compose.yml');
}

/** The file with `environment` in the place of its variables. Throws where one is needed and not given. */
export function readCompose(environment: Environment): Compose {
  return replaceVariables(readComposeFile(), environment) as Compose;
}

function replaceVariables(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string') return interpolate(value, environment);
  if (Array.isArray(value)) return value.map((each) => replaceVariables(each, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replaceVariables(each, environment)]),
  );
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?message}`; a default may hold further variables. */
export function interpolate(text: string, environment: Environment): string {
  const innermost = /\$\{(\w+)(?:(:[-?])([^{}$]*))?\}/;
  let result = text;
  for (let match = innermost.exec(result); match !== null; match = innermost.exec(result)) {
    const [whole, name = '', kind, argument = ''] = match;
    const given = environment[name] ?? '';
    if (given === '' && kind !== ':-') throw new Error(`${name} is needed: ${argument}`);
    result = result.replace(whole, () => (given === '' ? argument : given));
  }
  if (result.includes('$')) throw new Error(`a variable that cannot be read: ${result}`);
  return result;
}
