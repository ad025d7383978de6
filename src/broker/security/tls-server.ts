import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { TLS_HANDSHAKE_TIMEOUT_MS } from './limits.ts';
import { ANONYMOUS, distinguishedName, userPrincipal } from './principal.ts';
import type { TlsMaterial } from './tls-settings.ts';

/** A client that was let in so far: its connection stands, and its handshake when the listener speaks TLS. */
export type Accepted = {
  readonly socket: Socket;
  readonly isEncrypted: boolean;
  /** From the client's certificate; ANONYMOUS without one. */
  readonly principal: string;
};

/** What becomes of clients. */
export type AcceptEvents = {
  /** A connection was made; false refuses it. */
  readonly admit: (socket: Socket, isEncrypted: boolean) => boolean;
  readonly accepted: (accepted: Accepted) => void;
  /** A TLS handshake failed: one line with the reason. */
  readonly refused: (peer: string, why: string) => void;
};

/** A server for a listener, with TLS or without; it does not listen yet. */
export const createListenerServer = (tls: TlsMaterial | null, events: AcceptEvents): Server => {
  if (tls === null) {
    return createPlainServer({ pauseOnConnect: true }).on('connection', (socket) => {
      if (events.admit(socket, false)) events.accepted({ socket, isEncrypted: false, principal: ANONYMOUS });
      else socket.destroy();
    });
  }
  const { options, clientAuth } = tls;
  const server = createTlsServer({
    ...options,
    requestCert: clientAuth !== 'none',
    // A certificate that may be left out must still be right when it is shown; that is looked at below.
    rejectUnauthorized: clientAuth === 'required',
    handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
  });
  server.on('connection', (socket: Socket) => {
    if (!events.admit(socket, true)) socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => events.refused(peerOf(socket), whyFailed(error)));
  server.on('secureConnection', (socket) => {
    const certificate = clientAuth === 'none' ? undefined : socket.getPeerX509Certificate();
    if (certificate !== undefined && !socket.authorized) {
      events.refused(peerOf(socket), `its certificate is not trusted (${String(socket.authorizationError)})`);
      socket.destroy();
      return;
    }
    const principal = certificate === undefined ? ANONYMOUS : userPrincipal(distinguishedName(certificate.subject));
    events.accepted({ socket, isEncrypted: true, principal });
  });
  return server;
};

/** OpenSSL's codes for a first message that is not of TLS. */
const notTls = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_HTTP_REQUEST', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/** Why a handshake failed, in a line: of OpenSSL's errors the reason alone, as their messages name its source files and end a line. */
export const whyFailed = (error: Error & { readonly code?: string; readonly reason?: string }): string => {
  const { message, code = '', reason = message } = error;
  const line = reason.replaceAll(/\s+/g, ' ').trim();
  return notTls.has(code) ? `what it sent is not TLS (${line})` : line;
};

/** The peer as people write it; a socket that is closed already has forgotten it. */
export const peerOf = ({ remoteAddress, remotePort }: Socket | TLSSocket): string =>
  remoteAddress === undefined ? 'a client that is gone' : `${remoteAddress}:${remotePort ?? 0}`;
