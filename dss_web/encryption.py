"""Encryption at rest, with keys from the settings. No Django here: the settings use it to check the keys."""

from typing import Final

from cryptography.fernet import Fernet, MultiFernet

MAKE_A_KEY: Final = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


def cipher_of(keys: str) -> MultiFernet:
    """A cipher of Fernet keys with commas between: the first encrypts, all decrypt.

    Raises ValueError, which says which key is wrong without showing it.
    """
    parts = [key.strip() for key in keys.split(",")]
    ciphers = []
    for number, key in enumerate(parts, start=1):
        try:
            ciphers.append(Fernet(key))
        except ValueError as error:
            which = f"key {number} of {len(parts)}" if len(parts) > 1 else "the key"
            raise ValueError(
                f"{which} is not a Fernet key, which is 32 random bytes in URL-safe base64, 44 characters; "
                f"make one with: {MAKE_A_KEY}"
            ) from error
    return MultiFernet(ciphers)
