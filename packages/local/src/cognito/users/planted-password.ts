import { makeVerifier } from "../sign-in/srp.ts";
import type { StoredPassword } from "../state.ts";

/** Passwords of a seed that nobody has used yet. */
const unused = new WeakMap<StoredPassword, string>();

/**
 * A seed's password. Its verifier takes half a millisecond to make, which for a hundred thousand users is most
 * of a minute: it is made when somebody first signs in, and the text is forgotten then.
 */
export function plantPassword(poolId: string, username: string, text: string): StoredPassword {
  let made: StoredPassword | undefined;
  const verifier = (): StoredPassword => {
    made ??= makeVerifier(poolId, username, text);
    unused.delete(planted);
    return made;
  };
  const planted: StoredPassword = {
    get salt() {
      return verifier().salt;
    },
    get verifier() {
      return verifier().verifier;
    },
  };
  unused.set(planted, text);
  return planted;
}

/** The text of a password that nobody has used yet. */
export function plantedText(password: StoredPassword): string | undefined {
  return unused.get(password);
}
