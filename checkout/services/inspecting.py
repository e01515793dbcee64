"""Filing the report of an inspection before delivery, whole, with its photographs; the buyer may read it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from checkout.domain.delivery_stages import Stage, check_stage
from checkout.domain.inspecting import CHECKLIST, Item, Photo, Result, check_report
from checkout.domain.order import State
from checkout.models import Inspection, InspectionPhoto
from checkout.services.history import tell
from checkout.services.moving import locked
from checkout.services.stages import record_stage


def file_inspection(
    *,
    order: str,
    items: Sequence[Item],
    photos: Sequence[Photo] = (),
    kilometres: int,
    actor: str,
    now: datetime,
) -> int:
    """File one report on the car of an order; gives its number. Its stage is `inspected`, or `defect_found`.

    The very same report as the last one is filed once. Raises UnknownOrder, BadInspection, StageNotPossible before the car
    came or after it was made ready.
    """
    passed = check_report(items=items, photos=photos, kilometres=kilometres)
    order_of = {code: place for place, code in enumerate(CHECKLIST)}
    lines = [
        {"code": item.code, "result": str(item.result), "remark": item.remark.strip()}
        for item in sorted(items, key=lambda item: order_of[item.code])
    ]
    digests = [hashlib.sha256(photo.content).hexdigest() for photo in photos]
    with transaction.atomic():
        row = locked(order)
        last = row.inspections.order_by("number").last()
        if last is not None and _same(last, lines, kilometres, digests):
            return last.number
        stage = Stage.INSPECTED if passed else Stage.DEFECT_FOUND
        check_stage(order=order, state=State(row.state), stage=stage, reached=())
        report = Inspection.objects.create(
            order=row,
            number=last.number + 1 if last else 1,
            passed=passed,
            kilometres=kilometres,
            items=lines,
            actor=actor,
            at=now,
        )
        InspectionPhoto.objects.bulk_create(
            InspectionPhoto(
                inspection=report,
                number=number,
                item=photo.item,
                media_type=photo.media_type,
                size=len(photo.content),
                sha256=digest,
                content=base64.b64encode(photo.content).decode(),
            )
            for number, (photo, digest) in enumerate(zip(photos, digests, strict=True), 1)
        )
        defects = [item.code for item in items if item.result is Result.DEFECT]
        facts = {"inspection": report.number, "defects": defects}
        record_stage(row=row, stage=stage, actor=actor, now=now, facts=facts)
        tell(
            order=row,
            kind=f"car-{str(stage).replace('_', '-')}",
            actor=actor,
            facts=facts | {"kilometres": kilometres, "photos": digests},
            now=now,
        )
    return report.number


def _same(
    last: Inspection, lines: list[dict[str, str]], kilometres: int, digests: list[str]
) -> bool:
    known = list(last.photos.order_by("number").values_list("sha256", flat=True))
    return (last.items, last.kilometres, known) == (lines, kilometres, digests)
