import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createCertificateAuthority, signServingCertificate } from './certificate-authority.ts';

/** An admission webhook that the API server can call. */
export interface Webhook {
  readonly url: string;
  /** The certificate of its authority, as a webhook's configuration has it. */
  readonly caBundle: string;
  close(): Promise<void>;
}

/** The part of a request for admission (admission.k8s.io/v1) that tests read. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** Starts a webhook that denies each request with this code and message. */
export function startDenyingWebhook(status: { readonly code: number; readonly message: string }): Promise<Webhook> {
  return startWebhook(() => ({ allowed: false, status }));
}

/** Starts a webhook that responds to each request with these fields of an AdmissionResponse. */
export async function startWebhook(respond: (request: AdmissionRequest) => object): Promise<Webhook> {
  const { key, cert, authority } = await createCertificate();
  const server = createServer({ key, cert }, (request, response) => {
    void (async () => {
      // SAFETY: the API server sends an AdmissionReview.
      const review = (await json(request)) as { apiVersion: string; kind: string; request: AdmissionRequest };
      const { apiVersion, kind } = review;
      const answer = { apiVersion, kind, response: { uid: review.request.uid, ...respond(review.request) } };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // SAFETY: the server listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/`,
    caBundle: authority.toString('base64'),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A serving certificate for 127.0.0.1, and the certificate of its authority. */
async function createCertificate(): Promise<Readonly<Record<'key' | 'cert' | 'authority', Buffer>>> {
  const directory = await createCertificateAuthority();
  await signServingCertificate(directory);
  const read = (file: string): Promise<Buffer> => readFile(join(directory, 'pki', file));
  const certificate = {
    key: await read('apiserver.key'),
    cert: await read('apiserver.crt'),
    authority: await read('ca.crt'),
  };
  await rm(directory, { recursive: true });
  return certificate;
}
