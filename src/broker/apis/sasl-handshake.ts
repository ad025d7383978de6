import { decodeRequest } from '../../protocol/codec.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { saslHandshake } from '../../protocol/messages/sasl-handshake.ts';
import { settleWith, streamHandler } from '../handler.ts';

/** From here on the messages travel in SaslAuthenticate; before, as bare frames (KIP-152). */
const FIRST_WITH_AUTHENTICATE = 1;

/** SaslHandshake: a mechanism is chosen; with one that is not offered the connection ends after the answer, as in Kafka. */
export const handleSaslHandshake = streamHandler(
  saslHandshake,
  { versions: saslHandshake.versions, advertised: saslHandshake.versions },
  (exchange, reader) => {
    const { version, owner } = exchange;
    const { mechanism } = decodeRequest(saslHandshake, version, reader);
    const { sasl } = owner.session;
    if (sasl === null) {
      settleWith(saslHandshake, exchange, { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] });
      return;
    }
    const isOffered = sasl.choose(mechanism, version < FIRST_WITH_AUTHENTICATE);
    settleWith(
      saslHandshake,
      exchange,
      {
        errorCode: isOffered ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_SASL_MECHANISM,
        mechanisms: [...sasl.mechanisms],
      },
      isOffered
        ? null
        : () => owner.fail(`the SASL mechanism ${JSON.stringify(mechanism.slice(0, 100))} is not offered`),
    );
  },
);
