import { join } from 'node:path';
import { etcdClientUrl } from './etcd.ts';
import { type ControlPlaneSite, controlPlaneFiles, SERVICE_SUBNET } from './site.ts';

/** The command line of kube-apiserver, with the certificates from kubeadm; `flags` come last and take precedence. */
export function apiServerCommand(binary: string, site: ControlPlaneSite, flags: readonly string[]): string[] {
  return [
    binary,
    `--etcd-servers=${etcdClientUrl(site)}`,
    `--secure-port=${site.apiPort}`,
    `--advertise-address=${site.nodeAddress}`,
    `--service-cluster-ip-range=${SERVICE_SUBNET}`,
    '--authorization-mode=Node,RBAC',
    // The second is off by default, but on in OpenShift: the operator's roles must be sufficient there.
    '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
    '--allow-privileged=true',
    '--profiling=false',
    ...auditFlags(site),
    ...certificateFlags(controlPlaneFiles(site.stateDirectory).pki),
    ...flags,
  ];
}

function auditFlags(site: ControlPlaneSite): string[] {
  const files = controlPlaneFiles(site.stateDirectory);
  return [
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    '--audit-log-maxsize=100',
    '--audit-log-maxbackup=2',
  ];
}

function certificateFlags(pki: string): string[] {
  const file = (name: string): string => join(pki, name);
  return [
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${file('front-proxy-client.key')}`,
    '--enable-aggregator-routing=true',
  ];
}
