"""`manage.py rotate_field_keys`: encrypts every field anew under the newest key."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection

from kernel.crypto import EncryptedTextField, decrypt, encrypt, newest_prefix

BATCH = 500


class Command(BaseCommand):
    """Re-encrypts what older keys of settings.FIELD_KEYS encrypted; safe beside a running store, and to repeat."""

    help = "Encrypt every field anew under the newest of settings.FIELD_KEYS; then old keys may go."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk every encrypted field of every table and say how many values changed."""
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedTextField):
                    self.stdout.write(f"{model._meta.label}.{field.name}: {rotate(field)} values")


def rotate(field: EncryptedTextField) -> int:
    """Re-encrypt the values of one field that an older key encrypted; gives how many; raises CannotDecrypt.

    A value changed meanwhile is left alone: whoever changed it used the newest key.
    """
    quote = connection.ops.quote_name
    meta = field.model._meta
    table, key, column = (
        quote(meta.db_table),
        quote(meta.pk.column or ""),
        quote(field.column or ""),
    )
    select = f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {column} NOT LIKE %s AND {key} > %s ORDER BY {key} LIMIT {BATCH}"  # noqa: S608 - quoted names of our own tables
    update = f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"  # noqa: S608
    count, last = 0, 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(select, [f"{newest_prefix()}%", last])
            rows = cursor.fetchall()
            if not rows:
                return count
            for pk, stored in rows:
                cursor.execute(update, [encrypt(decrypt(stored)), pk, stored])
                count += cursor.rowcount
                last = pk
