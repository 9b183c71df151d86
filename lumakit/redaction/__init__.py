"""The one room that hides secrets, before anything is stored or shown.

Knows the names that secrets stand under, the forms they are recognised by, and the messages they travel in. Does not
know contracts, stores or reports: what a contract declares secret is given to the Redactor.
"""

from lumakit.redaction.names import is_secret
from lumakit.redaction.redactor import Redactor
from lumakit.redaction.values import mask

__all__ = ["Redactor", "is_secret", "mask"]
