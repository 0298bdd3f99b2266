import { join } from 'node:path';
import { readText, readYaml, readYamlDocuments } from './repository.ts';

export type Labels = { [name: string]: string };

interface Probe {
  httpGet: { path: string; port: string | number };
}

interface EnvironmentVariable {
  name: string;
  valueFrom: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  ports?: { name: string; containerPort: number }[];
  envFrom?: { configMapRef: { name: string } }[];
  env?: EnvironmentVariable[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
  securityContext: {
    allowPrivilegeEscalation: boolean;
    readOnlyRootFilesystem: boolean;
    capabilities: { drop: string[] };
  };
}

export interface PodTemplate {
  metadata: { labels: Labels; annotations?: { [name: string]: string } };
  spec: {
    terminationGracePeriodSeconds?: number;
    securityContext: { runAsNonRoot: boolean; runAsUser: number };
    topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[];
    containers: Container[];
    volumes?: { name: string; configMap?: { name: string } }[];
  };
}

export interface Deployment extends Manifest {
  spec: { replicas?: number; selector: { matchLabels: Labels }; template: PodTemplate };
}

export interface Job extends Manifest {
  spec: { template: PodTemplate };
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a form of its own; a test reads what it is about.
  spec?: any;
  data?: { [name: string]: string };
  stringData?: { [name: string]: string };
}

interface Kustomization {
  resources?: string[];
  configMapGenerator?: { name: string; files: string[] }[];
}

/** Every manifest that `kubectl apply --kustomize` of a folder would apply. */
export function readManifests(folder: string): Manifest[] {
  const { resources = [], configMapGenerator = [] } = readYaml<Kustomization>(
    join(folder, 'kustomization.yaml'),
  );
  const generated = configMapGenerator.map(({ name, files }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: Object.fromEntries(files.map((file) => [file, readText(join(folder, file))])),
  }));
  const written = resources.flatMap((resource) =>
    resource.endsWith('.yaml')
      ? readYamlDocuments<Manifest>(join(folder, resource))
      : readManifests(join(folder, resource)),
  );
  return [...written, ...generated];
}

/** Whether every label that is asked for is there. */
export function selects(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
