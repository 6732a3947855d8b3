import { type ControlPlaneSite, controlPlaneFiles, POD_SUBNET, SERVICE_SUBNET } from './site.ts';
import { join } from 'node:path';

/** The timing of the HorizontalPodAutoscaler, in seconds; Kubernetes' defaults are 15, 30 and 300. */
export interface AutoscalerTiming {
  readonly syncPeriodSeconds: number;
  readonly initialReadinessDelaySeconds: number;
  readonly cpuInitializationPeriodSeconds: number;
}

/** Fast enough for a demo, and slow enough for metrics-server, which scrapes every ten seconds. */
export const DEFAULT_AUTOSCALER_TIMING: AutoscalerTiming = {
  syncPeriodSeconds: 5,
  initialReadinessDelaySeconds: 5,
  cpuInitializationPeriodSeconds: 10,
};

/** The command line of kube-controller-manager. */
export function controllerManagerCommand(binary: string, site: ControlPlaneSite, timing: AutoscalerTiming): string[] {
  const { kubeconfigs, pki } = controlPlaneFiles(site.stateDirectory);
  const kubeconfig = join(kubeconfigs, 'controller-manager.conf');
  return [
    binary,
    ...clientFlags(kubeconfig),
    `--service-account-private-key-file=${join(pki, 'sa.key')}`,
    `--root-ca-file=${join(pki, 'ca.crt')}`,
    `--cluster-signing-cert-file=${join(pki, 'ca.crt')}`,
    `--cluster-signing-key-file=${join(pki, 'ca.key')}`,
    '--use-service-account-credentials=true',
    '--allocate-node-cidrs=true',
    `--cluster-cidr=${POD_SUBNET}`,
    `--service-cluster-ip-range=${SERVICE_SUBNET}`,
    `--horizontal-pod-autoscaler-sync-period=${timing.syncPeriodSeconds}s`,
    `--horizontal-pod-autoscaler-initial-readiness-delay=${timing.initialReadinessDelaySeconds}s`,
    `--horizontal-pod-autoscaler-cpu-initialization-period=${timing.cpuInitializationPeriodSeconds}s`,
  ];
}

/** The command line of kube-scheduler. */
export function schedulerCommand(binary: string, site: ControlPlaneSite): string[] {
  return [binary, ...clientFlags(join(controlPlaneFiles(site.stateDirectory).kubeconfigs, 'scheduler.conf'))];
}

function clientFlags(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
    '--profiling=false',
  ];
}
