"""Encryption at rest, by keys from the settings. No Django here: the settings' own check is this."""

from typing import Final

from cryptography.fernet import Fernet, MultiFernet

MAKE_A_KEY: Final = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


def cipher_of(keys: str) -> MultiFernet:
    """A cipher of Fernet keys with commas between: the first encrypts, all decrypt.

    Raises ValueError, which tells where a key is wrong without showing it.
    """
    given = [key.strip() for key in keys.split(",")]
    ciphers = []
    for number, key in enumerate(given, start=1):
        try:
            ciphers.append(Fernet(key))
        except ValueError as error:
            which = f"key {number} of {len(given)}" if len(given) > 1 else "the key"
            raise ValueError(
                f"{which} is not a Fernet key, which is 32 random bytes in URL-safe base64, 44 characters; "
                f"make one with: {MAKE_A_KEY}"
            ) from error
    return MultiFernet(ciphers)
