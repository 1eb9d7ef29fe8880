"""The application form and the announcement of a name, with the fields that the law names, as DOCX and PDF."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

from geo_registry.accounts.models import User
from geo_registry.territory.models import Division, Installation
from placenames.models import CaseStep, NameCase, Report
from placenames.models.cases import Act, Step

from .cases.authority import authorities_of, authority_of
from .standing import standing_at

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FONT, _LATIN = "宋体", "Times New Roman"
_WIDTHS_CM = (4.6, 11.6)
_BLANK = "　　　　　　　　"


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper: its title, rows of a table, and what stands below.

    Parameters
    ----------
    title
        What it is.
    lead
        Sentences above the table.
    rows
        Label and text.
    closing
        Office and day below.
    name
        The file's name, without its ending.
    """

    title: str
    rows: Sequence[tuple[str, str]]
    lead: Sequence[str] = ()
    closing: Sequence[str] = field(default_factory=tuple)
    name: str = ""


def application(case: NameCase) -> Paper:
    """Return the application of Art. 11: plan and reasons, location, size, nature, and the three reports."""
    steps = list(case.steps.order_by("pk").select_related("by"))
    reports = {step.report: step for step in steps if step.step == Step.REPORT}
    looked = next((step for step in reversed(steps) if step.step == Step.CHECK), None)
    act = {Act.NAMING: "命名", Act.RENAMING: "更名", Act.RETIRING: "销名"}[Act(case.act)]
    rows = [
        ("办理事项", act),
        ("拟用名称", case.text or "（销名）"),
        ("罗马字母拼写", case.spelling or "—"),
        ("现用名称", case.old_text or "—"),
        ("地名类别", case.kind.name_zh),
        ("所属政区", full_name(case.division)),
        ("位置（起止点、走向）", _position(case)),
        ("规模", _size(case)),
        ("性质", case.kind.name_zh),
        ("方案及理由", case.reason or "—"),
        ("含义", case.meaning or "—"),
        ("来历", case.origin or "—"),
        ("保护措施", case.measures or "—"),
    ]
    with override("zh-hans"):
        for report in Report.values:
            step = reports.get(report)
            rows.append((f"{Report(report).label}报告", _said(step) if step else "（未附）"))
    rows += [
        ("审核意见", f"{_said(looked)} {looked.by or ''}".strip() if looked else "—"),
        ("批准机关", case.authority or authority_of(case) or authorities_of(case) or "—"),
        ("批准文号", case.approval_number or "—"),
        ("批准时间", _day(case.approved_on)),
    ]
    return Paper(
        title=f"地名{act}申请表", rows=rows,
        closing=[f"申请单位：{_office_of(case.created_by) or _BLANK}", f"填表日期：{_day(_local(case.created_at))}"],
        name=f"地名{act}申请表-{case.text or case.old_text}",
    )  # fmt: skip


def announcement(case: NameCase) -> Paper:
    """Return the announcement of Art. 14: standard name, spelling, division, position, authority and day of approval.

    Raises
    ------
    ValueError
        If nothing has been approved yet: there is nothing to announce.
    """
    if case.approved_on is None:
        raise ValueError(f"case {case.pk} is not approved")
    retiring = case.act == Act.RETIRING
    spelling = (case.spelling if case.spelling_confirmed_by_id else "") or "（拼写尚未确认）"
    rows = [
        ("注销的标准名称" if retiring else "标准名称", case.old_text if retiring else case.text),
        ("罗马字母拼写", _spelling_that_goes(case) if retiring else spelling),
        *([("原名称", case.old_text)] if case.act == Act.RENAMING else []),
        ("所属政区", full_name(case.division)),
        ("位置描述", _position(case)),
        ("批准机关", case.authority or authority_of(case) or authorities_of(case) or "—"),
        *([("批准文号", case.approval_number)] if case.approval_number else []),
        ("批准时间", _day(case.approved_on)),
    ]
    if case.effective_on and case.effective_on != case.announced_on:
        rows.append(("启用时间", _day(case.effective_on)))
    told = case.steps.filter(step__in=[Step.ANNOUNCE, Step.FILE, Step.CHECK]).order_by("pk").last()
    office = Installation.current().office_name or _office_of(told.by if told else None)
    what = "批准注销的地名" if retiring else "批准的地名"
    lead = [f"根据《地名管理条例》有关规定，现将{what}公告如下："]
    return Paper(
        title="地名公告", lead=lead, rows=rows, closing=[office or _BLANK, _day(case.announced_on or case.approved_on)],
        name=f"地名公告-{case.text or case.old_text}",
    )  # fmt: skip


PAPERS = {"form": application, "announcement": announcement}


def full_name(division: Division) -> str:
    """Return a division with all that it belongs to, from the county down."""
    codes = division.ancestor_codes()
    names = dict(
        Division.objects.filter(code__in=codes, valid_to__isnull=True, level__gte=1).values_list(
            "code", "name"
        )
    )
    return "".join(names[code] for code in codes if code in names)


def _office_of(person: User | None) -> str:
    return person.office.name if person is not None and person.office is not None else ""


def _local(at: datetime.datetime) -> datetime.date:
    """Return the day of a moment as the office's clock had it."""
    return timezone.localtime(at).date()


def _said(step: CaseStep) -> str:
    """Return a step's words with its day."""
    return f"{step.note}（{_day(step.on_day or _local(step.at))}）"


def _spelling_that_goes(case: NameCase) -> str:
    """Return the confirmed spelling of a name that is retired."""
    names = case.place.names.filter(text=case.old_text).order_by("-pk") if case.place is not None else ()
    spellings = (name.confirmed_spelling() for name in names)
    return next((spelling.text for spelling in spellings if spelling is not None), "—")


def _position(case: NameCase) -> str:
    told = "；".join(text for text in (case.extent_text, case.course_text) if text)
    if told:
        return told
    there = case.geometry or standing_at(case.place)
    if there is not None:
        point = there.centroid
        return f"东经{point.x:.5f}度，北纬{point.y:.5f}度（CGCS2000）"
    return "—"


def _size(case: NameCase) -> str:
    metres = sum(case.roads.values_list("length_m", flat=True))
    parts = [f"长约{metres:.0f}米" if metres else "", f"宽{case.width_m:g}米" if case.width_m else ""]
    return "，".join(part for part in parts if part) or "—"


def _day(day: datetime.date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "—"


def to_docx(paper: Paper) -> bytes:
    """Write a paper as a Word document: A4, a table of two columns, in the characters that offices use."""
    from docx import Document
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = _LATIN, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(12)
    run = title.add_run(paper.title)
    run.bold, run.font.size = True, Pt(18)
    for sentence in paper.lead:
        document.add_paragraph(sentence).paragraph_format.space_after = Pt(8)
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    # Widths that are left to the reader's program come out as two halves in some of them.
    table.autofit = False
    for column, width in zip(table.columns, _WIDTHS_CM, strict=True):
        column.width = Cm(width)
    for label, text in paper.rows:
        row = table.add_row()
        row.height = Cm(0.85)
        for cell, words, width in zip(row.cells, (label, text), _WIDTHS_CM, strict=True):
            cell.text, cell.width = words, Cm(width)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            spacing = cell.paragraphs[0].paragraph_format
            spacing.space_before = spacing.space_after = Pt(3)
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    closing = document.add_paragraph()
    closing.paragraph_format.keep_with_next = True
    for line in paper.closing:
        paragraph = document.add_paragraph(line)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_with_next = line is not paper.closing[-1]
    document.core_properties.title = paper.title
    document.core_properties.author = Installation.current().office_name or ""
    body = BytesIO()
    document.save(body)
    return body.getvalue()


def to_pdf(paper: Paper) -> bytes:
    """Write a paper as a PDF of A4; nothing is fetched from anywhere."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    html = render_to_string("placenames/cases/paper.html", {"paper": paper})
    # No protocol is allowed: whatever a name or a note may say, nothing is read or asked for.
    body: bytes = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
    return body
