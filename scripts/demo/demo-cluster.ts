import type { ClusterAccess } from './cluster-access.ts';

/** A cluster that is ready for the demo, with the images. */
export interface DemoCluster extends ClusterAccess {
  /** The namespace of the Helm release. */
  readonly operatorNamespace: string;
  /** The namespace of the converter that the demo applies. */
  readonly converterNamespace: string;
  /** The tags of the images that this run installs. */
  readonly imageTags: readonly string[];
  /** Arguments of `helm upgrade` that select the images, and values of the user. */
  readonly chartArguments: readonly string[];
  /** Completes the installation of the chart. */
  readonly afterInstallation?: (signal: AbortSignal) => Promise<void>;
  /** Lines that give a shell access to the cluster. */
  readonly shellSetup: readonly string[];
  /** kubectl with the flags that select the cluster, for the commands to try. */
  readonly kubectlCommand: string;
  /** More commands to try. */
  readonly moreCommands: readonly string[];
  /** Commands that clean up. */
  readonly cleanUp: readonly string[];
}
