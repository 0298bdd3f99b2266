import { readYaml } from './repository.ts';

export interface Topic {
  name: string;
  partitions: number;
  /** -1: what the cluster does by default. */
  replicationFactor: number;
  settings: { [name: string]: string };
}

export const topics = readYaml<Topic[]>('infra/topics.yaml');
