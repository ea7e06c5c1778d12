"""Codes that nobody can guess and everybody can read."""

import secrets

# Without 0 and O, 1, I and L. 15 of these 31 carry 74 bits: of a million codes no two are the same, and who tries a
# thousand a second finds one of a million in half a million years.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 15
# Bytes that fall evenly on the alphabet become letters, the rest is thrown away: no letter is likelier than another.
_EVEN = 256 // len(ALPHABET) * len(ALPHABET)
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNEVEN = bytes(range(_EVEN, 256))


def mint(prefix: str, count: int) -> list[str]:
    """So many new codes such as CRM-7KQ2M-XWP4T-9HDZR."""
    needed, letters = count * _LENGTH, ""
    while len(letters) < needed:
        missing = needed - len(letters)
        letters += secrets.token_bytes(missing + missing // 16 + 16).translate(_LETTERS, _UNEVEN).decode()
    head = f"{prefix}-" if prefix else ""
    codes = (letters[at : at + _LENGTH] for at in range(0, needed, _LENGTH))
    return [f"{head}{code[:5]}-{code[5:10]}-{code[10:]}" for code in codes]
