import { type ControlPlaneSite, controlPlaneFiles } from './site.ts';

/** The command line of etcd: one member on the loopback interface of the site's network. */
export function etcdCommand(binary: string, site: ControlPlaneSite): string[] {
  const clientUrl = etcdClientUrl(site);
  const peerUrl = `http://127.0.0.1:${site.etcdPeerPort}`;
  return [
    binary,
    `--data-dir=${controlPlaneFiles(site.stateDirectory).etcdData}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // The data must survive a restart of etcd, but not a power failure.
    '--unsafe-no-fsync',
  ];
}

/** The client URL of etcd. */
export function etcdClientUrl(site: ControlPlaneSite): string {
  return `http://127.0.0.1:${site.etcdClientPort}`;
}
