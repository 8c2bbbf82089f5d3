// Owns the error tree of crypto/. Each error says whose fault it is: bytes from elsewhere, a key that
// is not here, an attack that was noticed, or this program. `code` is for programs, `message` is safe
// to show to a person: no secret and no input ever goes into it.

/** Root of the tree. `code` is the name of the class in snake_case and never changes. */
export class CryptoError extends Error {
  static code = 'crypto_error';

  constructor(message, options) {
    super(message, options);
    this.name = this.constructor.name;
    this.code = this.constructor.code;
  }
}

/** This program called a function wrongly. Bytes from elsewhere never cause it. */
export class ArgumentInvalid extends CryptoError {
  static code = 'argument_invalid';
}

/** Bytes or text from elsewhere are not exactly of the format. The sender is at fault. */
export class FormatError extends CryptoError {
  static code = 'format_error';
}

/** A public key of the right length that must not be used: small order, not canonical, out of range. */
export class KeyRefused extends CryptoError {
  static code = 'key_refused';
}

/** A signature does not belong to this key, purpose and message. */
export class SignatureInvalid extends CryptoError {
  static code = 'signature_invalid';
}

/** Authenticated data does not fit: another key, another context, or changed bytes. */
export class TagInvalid extends CryptoError {
  static code = 'tag_invalid';
}

/** A secret that this device needs is not here: an erased chain, a lost QKD key. */
export class KeyMissing extends CryptoError {
  static code = 'key_missing';
}

/** More messages are missing than a receiver keeps keys for. */
export class RangeExceeded extends CryptoError {
  static code = 'range_exceeded';
}

/** This message number was used before. */
export class Replay extends CryptoError {
  static code = 'replay';
}

/** A device list goes back, leaves a gap, breaks its hash chain or changes what may not change. */
export class ListRefused extends CryptoError {
  static code = 'list_refused';
}

/** A list under another identity than the pinned one. The person has to accept it. */
export class IdentityChanged extends ListRefused {
  static code = 'identity_changed';
}

/** A commit whose members, lists, refs or kinds do not fit the lists. */
export class RosterRefused extends CryptoError {
  static code = 'roster_refused';
}

/** Two different truths for one place. Stop, keep both, show; never heal silently. */
export class ForkDetected extends CryptoError {
  static code = 'fork_detected';
}

/** Argon2id parameters that would be too weak, or a denial of service. */
export class ParametersRefused extends CryptoError {
  static code = 'parameters_refused';
}
