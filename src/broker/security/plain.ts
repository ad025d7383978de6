import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SaslExchange } from './scram.ts';

/** Users of SASL/PLAIN; passwords are kept as digests under a key of this process, compared in constant time. */
export class PlainUsers {
  readonly #key = randomBytes(32);
  readonly #digests = new Map<string, Buffer>();

  constructor(passwords: ReadonlyMap<string, string>) {
    for (const [user, password] of passwords) this.#digests.set(user, this.#digest(password));
  }

  /** True when this is the user's password; takes as long for users that do not exist. */
  isRight(user: string, password: string): boolean {
    const known = this.#digests.get(user);
    const isSame = timingSafeEqual(this.#digest(password), known ?? this.#key);
    return isSame && known !== undefined;
  }

  #digest(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }
}

/** The broker's side of PLAIN: one message, `[user to act for] NUL user NUL password` (RFC 4616). */
export const plainExchange = (users: PlainUsers): SaslExchange => ({
  step: (message) => {
    const [asUser, user, password, ...more] = message.toString('utf8').split('\0');
    if (asUser === undefined || user === undefined || password === undefined || more.length > 0)
      return { kind: 'failed', reason: 'the PLAIN message is malformed' };
    if (user === '' || password === '') return { kind: 'failed', reason: 'the user name or the password is empty' };
    if (!users.isRight(user, password)) return { kind: 'failed', reason: 'wrong user name or password' };
    if (asUser !== '' && asUser !== user) return { kind: 'failed', reason: 'acting for another user is not supported' };
    return { kind: 'done', answer: Buffer.alloc(0), user };
  },
});
