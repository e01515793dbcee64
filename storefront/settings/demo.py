"""The demo: SQLite, keys made at first run, the sandbox payment door; never for real money."""

import contextlib
import json
import os
import secrets

from storefront.settings.base import *  # noqa: F403
from storefront.settings.base import DATA, database_from

DATA.mkdir(parents=True, exist_ok=True)
_keys = DATA / "keys.json"
if not _keys.exists():
    # Marked for good: safety.py refuses them in a real shop. Five url-safe letters, so a field key still decodes.
    _new = {
        "secret_key": f"demo-{secrets.token_urlsafe(50)}",
        "field_keys": [f"demo-{secrets.token_urlsafe(32)}"],
    }
    _part = DATA / f"keys.json.{os.getpid()}"
    _part.write_text(json.dumps(_new))
    _part.chmod(0o600)
    with contextlib.suppress(FileExistsError):
        os.link(_part, _keys)  # atomic, and the first of two processes wins
    _part.unlink()
_made = json.loads(_keys.read_text())

DEMO = True
DEBUG = False
SECRET_KEY = _made["secret_key"]
FIELD_KEYS = _made["field_keys"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
DATABASES = {
    "default": database_from(
        os.environ.get("DATABASE_URL", f"sqlite:///{DATA / 'forecourt.sqlite3'}")
    )
}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = "Egretta <store@egretta.example>"
NOTICE_DESKS = {"*": {"*": "desk@egretta.example"}}
SMS_DOOR = {"door": "console"}  # printed beside the mails, sent to nobody
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
WEBHOOKS_TO_LOOPBACK = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "forecourt: {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    # Addresses that do not exist are no news to somebody who tries the demo.
    "loggers": {"django.request": {"level": "ERROR"}},
}
