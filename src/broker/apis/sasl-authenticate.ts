import { decodeRequest } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { saslAuthenticate } from '../../protocol/messages/sasl-authenticate.ts';
import type { Exchange } from '../exchange.ts';
import { settleWith, streamHandler } from '../handler.ts';
import type { SaslSession } from '../security/sasl-session.ts';

const NO_BYTES = Buffer.alloc(0);

/** SaslAuthenticate: one message of the exchange; when it fails, the connection ends after the answer, as in Kafka. */
export const handleSaslAuthenticate = streamHandler(
  saslAuthenticate,
  { versions: saslAuthenticate.versions, advertised: saslAuthenticate.versions },
  (exchange, reader) => {
    const { version, owner } = exchange;
    const { authBytes } = decodeRequest(saslAuthenticate, version, reader);
    const outcome = owner.session.sasl?.take(Buffer.from(authBytes)) ?? { kind: 'out-of-place' };
    if (outcome.kind === 'answer') {
      settleWith(saslAuthenticate, exchange, {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        authBytes: outcome.answer,
        sessionLifetimeMs: outcome.lifetimeMs,
      });
      return;
    }
    if (outcome.kind === 'out-of-place') {
      settleWith(saslAuthenticate, exchange, {
        errorCode: ErrorCode.ILLEGAL_SASL_STATE,
        errorMessage: 'SaslAuthenticate has no place here: no SaslHandshake came before it.',
        authBytes: NO_BYTES,
      });
      return;
    }
    const { message: errorMessage, reason } = outcome;
    settleWith(
      saslAuthenticate,
      exchange,
      { errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, errorMessage, authBytes: NO_BYTES },
      () => owner.fail(reason),
    );
  },
);

/** Answers a message that came as a bare frame, after SaslHandshake version 0; when it fails, the connection ends without one. */
export const answerBareMessage = (exchange: Exchange, sasl: SaslSession, message: Buffer): void => {
  const outcome = sasl.take(Buffer.from(message));
  if (outcome.kind !== 'answer') {
    exchange.owner.fail(outcome.kind === 'failed' ? outcome.reason : 'a bare SASL message has no place here');
    return;
  }
  exchange.settle(({ writer }) => {
    writer.int32(outcome.answer.length);
    writer.raw(outcome.answer);
  });
};
