/** Makes the client of a program: in a pod from its service account, elsewhere from the kubeconfig. */
import { KubeConfig } from '@kubernetes/client-node';
import { ApiClient } from './api-client.ts';
import { ApiTransport } from './transport.ts';

export interface Connection {
  client: ApiClient;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Names the program to the server: `holdfast-operator/0.1.0`. */
  userAgent: string;
  /** Path of a kubeconfig; default: what the environment says (KUBECONFIG, the service account, ~/.kube/config). */
  kubeConfigFile?: string | undefined;
}

export function connect({ userAgent, kubeConfigFile }: ConnectOptions): Connection {
  const kubeConfig = new KubeConfig();
  if (kubeConfigFile === undefined) kubeConfig.loadFromDefault();
  else kubeConfig.loadFromFile(kubeConfigFile);
  const transport = new ApiTransport({ kubeConfig, userAgent });
  return { client: new ApiClient(transport), close: () => transport.close() };
}
