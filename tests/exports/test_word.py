"""The bulletin in Word: every number that of the page, and the manner of an official notice."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table

from dashboard.components.rows import Item
from dashboard.display import Display
from dashboard.exports.bulletin import make_bulletin
from dashboard.exports.model import Bulletin, Cancelled, no_steps
from dashboard.exports.outline import make_outline
from dashboard.exports.request import request_of
from dashboard.exports.word import find_template, make_docx, write_docx
from dashboard.exports.words import SHAPES, plain, unit_of
from dashboard.reading import Reading
from dashboard.state import ViewState
from tests.dashboard.support import Site
from tests.exports.support import opened, texts
from warehouse.errors import DabiaoError
from warehouse.measures.computed import NotComputable
from warehouse.measures.status import Status
from warehouse.queries.mart import ProgressRow

ASKED = [
    {"period": "2020-S1"},
    {"period": "2025-S1", "since": "2000-01-01"},
    {"period": "2025-S2", "districts": ["990101"]},
]


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(site: Site, language: str = "zh", **asked: Any) -> tuple[Bulletin, bytes, Display]:
    with site.read("/", language) as reading:
        b = make_bulletin(reading, request_of(asked))
        return b, make_docx(b, reading, no_steps), reading.display


def headed(content: bytes, first: str) -> Iterator[tuple[list[str], list[list[list[str]]]]]:
    """Tables whose first column is called so: its heading, and the lines in each cell of its body."""
    for table in opened(content).element.body.iter(qn("w:tbl")):
        head, *body = [
            [
                ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.iter(qn("w:p"))]
                for cell in row.iter(qn("w:tc"))
            ]
            for row in table.iter(qn("w:tr"))
        ]
        if head[0] == [first]:
            yield ["".join(lines) for lines in head], body


@pytest.mark.parametrize("asked", ASKED[:2])
def test_every_cell_of_the_annex_is_the_marts(site: Site, asked: dict[str, Any], language: str) -> None:
    """Each row of the mart stands in exactly one cell, as pages write it; each other cell is empty or a total."""
    b, content, d = made(site, language, **asked)
    shown: dict[tuple[str, str], list[str]] = {}
    totals: dict[str, list[str]] = {}
    for head, body in headed(content, d._("指标|one")):
        for line in body:
            for name, cell in zip(head[1:], line[1:], strict=True):
                if name == d._("合计"):
                    totals[line[0][0]] = cell
                elif cell != [""]:
                    assert (line[0][0], name) not in shown
                    shown[line[0][0], name] = cell
    for row in b.rows:
        unit = unit_of(d, d.catalog.indicators[row.indicator_key])
        name = d.series_name(row) + (d.brackets(unit) if unit else "")
        cell = shown.pop((name, d.catalog.districts[row.district_key].name(d.language)))
        _check_cell(d, row, unit, cell)
    assert not shown
    for section in b.sections:
        for line in section.lines:
            if line.total is not None and line.total.covered > 1 and not isinstance(line.total.value, NotComputable):
                unit = unit_of(d, line.indicator)
                name = d.series_name(line.sample) + (d.brackets(unit) if unit else "")
                total, covered = totals[name]
                assert d.total(line.total.value, line.indicator).startswith(total)
                assert re.findall(r"\d+", covered) == [str(line.total.covered), str(line.total.expected)]


def _check_cell(d: Display, row: ProgressRow, unit: str, cell: list[str]) -> None:
    item = Item(d, ViewState(), row)
    indicator = d.catalog.indicators[row.indicator_key]
    expected = d.status(row.light) if row.actual is None else plain(item.actual)
    shape, text = ("", cell[0]) if row.light is Status.MONITOR else (cell[0][0], cell[0][2:])
    assert shape == ("" if row.light is Status.MONITOR else SHAPES[row.light])
    assert _same(text, expected, unit), (text, expected)
    if row.target_key is not None:
        target = plain(d.target(row, indicator))
        assert _same(cell[1].removeprefix(d._("目标{target}").partition("{")[0]), target, unit), (cell, target)


def _same(text: str, expected: str, unit: str) -> bool:
    """Whether a text is what pages say, up to the unit, which stands with the indicator."""
    rest = expected.removeprefix(text)
    return expected.startswith(text) and (not rest or bool(unit)) and not re.match(r"[\d.,]", rest)


@pytest.mark.parametrize("asked", [*ASKED[1:], {"period": "2024-S1"}])
def test_what_is_behind_is_listed_as_pages_have_it(demo: Site, asked: dict[str, Any], language: str) -> None:
    b, content, d = made(demo, language, **asked)
    [(_head, body)] = headed(content, d._("序号"))
    rows = [["".join(cell) for cell in line] for line in body]
    assert len(rows) == len(b.behind) > 0
    for number, (line, row) in enumerate(zip(rows, b.behind, strict=True), start=1):
        item = Item(d, ViewState(), row)
        target = plain(d.target(row, d.catalog.indicators[row.indicator_key]))
        assert line == [
            str(number), item.district, d.series_name(row), plain(item.actual), target, plain(item.gap),
            plain(item.pace), f"{SHAPES[row.light]} {d.status(row.light)}",
        ]  # fmt: skip


def test_scores_and_what_was_not_reported(demo: Site) -> None:
    b, content, d = made(demo, period="2025-S2")
    [(head, body)] = headed(content, "位次")
    assert len(body) == len(b.standings) == 17
    for line, s in zip(body, b.standings, strict=True):
        assert line[1] == [s.district.name_zh]
        assert line[2] == [plain(d.share(s.value)) if s.score.reported else "—"]
        counts = {name[1:]: int(cell[0]) for name, cell in zip(head[5:], line[5:], strict=True)}
        assert counts == {d.status(light): n for light, n in s.tally.parts}
    silent = [(head, body) for head, body in headed(content, "地区") if head[2] == "目标值"]
    assert sum(len(body) for _head, body in silent) == b.tally.count(Status.UNREPORTED) > 0


def test_nothing_of_a_program_is_in_the_text(site: Site, language: str) -> None:
    _b, content, _d = made(site, language, period="2020-S1", since="2019-01-01")
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        text = re.sub("<[^>]+>", " ", file.read("word/document.xml").decode())
    assert not re.search(r"\b(nan|NaN|Decimal|Absent|\{\w*\})\b", text)
    if language == "en":
        assert not re.search("项|本期|填报|目标", text)


def test_the_manner_of_an_official_notice(demo: Site) -> None:
    asked = {"period": "2025-S2", "office": "云州市民政局", "number": "云民〔2026〕12号"}
    b, content, _d = made(demo, **asked)
    document = opened(content)
    first, *_, last = document.sections
    margins = (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    assert _mm(first.page_width, first.page_height, *margins) == [210, 297, 37, 35, 28, 26]
    assert last.orientation == WD_ORIENT.LANDSCAPE and _mm(last.page_width, last.page_height) == [297, 210]
    normal, heading = document.styles["Normal"], document.styles["Heading 1"]
    assert (normal.font.size, normal.paragraph_format.line_spacing) == (Pt(16), Pt(28))
    assert normal.paragraph_format.first_line_indent == Pt(32)
    fonts = {s.name: s.element.rPr.rFonts.get(qn("w:eastAsia")) for s in (normal, heading, document.styles["Title"])}
    assert fonts == {"Normal": "仿宋_GB2312", "Heading 1": "黑体", "Title": "方正小标宋简体"}
    assert document.settings.odd_and_even_pages_header_footer
    for footer in (first.footer, first.even_page_footer):
        assert [p.text for p in footer.paragraphs] == ["— 1 —"]
        assert footer._element.findall(f".//{qn('w:instrText')}")
    assert all(section.footer.is_linked_to_previous for section in document.sections[1:])
    said = texts(content)
    assert said[:3] == ["云州市民政局", "云民〔2026〕12号", "关于2025年下半年\n民政工作目标完成情况的通报"]
    headings = [p.text[:2] for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == ["一、", "二、", "三、", "四、", "五、", "六、", "七、"]
    assert "2026年2月1日" in said
    core = document.core_properties
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}//{qn('w:lang')}")
    assert (defaults.get(qn("w:val")), defaults.get(qn("w:eastAsia"))) == ("en-US", "zh-CN"), "numbers stay whole"
    assert (core.title, core.author, core.language) == (said[2].replace("\n", ""), "云州市民政局", "zh-CN")
    assert core.created is not None and core.created.date() == b.today
    for table in document.tables:
        _check_table(table)


def _mm(*lengths: Length | None) -> list[int]:
    return [round((length or Mm(0)).mm) for length in lengths]


def _check_table(table: Table) -> None:
    """The head is repeated, no row is cut, and a number under the heading of one stands right."""
    head, *rows = table._tbl.findall(qn("w:tr"))
    assert head.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    for row in rows:
        assert row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None
        assert row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None
        for cell in row.findall(qn("w:tc"))[1:]:
            text = "".join(t.text or "" for t in cell.find(qn("w:p")).iter(qn("w:t")))
            if re.fullmatch(r"([√●○▲◆■×] )?[\d.,]+%?", text):
                assert cell.find(f".//{qn('w:pStyle')}").get(qn("w:val")) == "表格数字", text
    grid = [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid.findall(qn("w:gridCol"))]
    assert 8000 < sum(grid) <= 12800


def test_a_light_never_is_a_colour_alone(demo: Site) -> None:
    """Every coloured run is a shape."""
    _b, content, _d = made(demo, period="2025-S1")
    coloured = {
        "".join(t.text or "" for t in run.iter(qn("w:t"))).strip()
        for run in opened(content).element.body.iter(qn("w:r"))
        if run.find(f"{qn('w:rPr')}/{qn('w:color')}") is not None
    }
    assert coloured and coloured <= set(SHAPES.values())


def test_steps_are_told_and_it_can_be_cancelled(demo: Site) -> None:
    told: list[tuple[int, int]] = []
    with demo.read() as reading:
        b = make_bulletin(reading, request_of({"period": "2025-S2"}))
        make_docx(b, reading, lambda done, all_: told.append((done, all_)))
        assert [done for done, _ in told] == sorted({done for done, _ in told})
        assert len({all_ for _, all_ in told}) == 1 and told[-1][0] < told[-1][1]

        def stop(done: int, _all: int) -> None:
            if done > 3:
                raise Cancelled

        with pytest.raises(Cancelled):
            make_docx(b, reading, stop)


def _write(reading: Reading, path: Path | str) -> bytes:
    outline = make_outline(make_bulletin(reading, request_of({"period": "2020-S1", "office": "某局"})), reading)
    return write_docx(outline, "2020年上半年", no_steps, {"DABIAO_BULLETIN_TEMPLATE": str(path)})


def test_a_template_gives_its_look_and_its_place(own: Site, tmp_path: Path) -> None:
    template = docx.Document()
    template.styles["Normal"].font.size = Pt(11)
    template.sections[0].header.paragraphs[0].text = "机密 {{半年度}}"
    template.add_paragraph("抄头：{{标题}}，{{发文机关}}，{{日期}}")
    template.add_paragraph("{{正文}}")
    template.add_paragraph("抄送：各处室")
    template.save(str(tmp_path / "ours.docx"))
    with own.read() as reading:
        content = _write(reading, tmp_path / "ours.docx")
    document, said = opened(content), texts(content)
    assert said[0] == "抄头：关于2020年上半年民政工作目标完成情况的通报，某局，2026年2月1日"
    assert said[1].startswith("现将2020年上半年") and "{{" not in "".join(said)
    assert said.count("关于2020年上半年民政工作目标完成情况的通报") == 0, "only where the template has it"
    assert "抄送：各处室" in said and said.index("抄送：各处室") < said.index("附件1")
    assert document.styles["Normal"].font.size == Pt(11)
    assert document.sections[0].header.paragraphs[0].text == "机密 2020年上半年"
    assert len(document.tables) > 3


def test_a_template_without_a_place_is_a_look_only(own: Site, tmp_path: Path) -> None:
    template = docx.Document()
    template.add_paragraph("请删去")
    template.sections[0].left_margin = Mm(40)
    template.save(str(tmp_path / "look.docx"))
    with own.read() as reading:
        content = _write(reading, tmp_path / "look.docx")
    said = texts(content)
    assert said[0] == "某局" and "请删去" not in said
    assert _mm(opened(content).sections[0].left_margin) == [40]


@pytest.mark.parametrize("content", [None, b"", b"not a document", b"PK\x05\x06" + bytes(18)])
def test_a_template_that_is_none_says_what_to_do(own: Site, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.docx"
    if content is not None:
        path.write_bytes(content)
    with own.read() as reading, pytest.raises(DabiaoError, match=r"broken\.docx.*另存为") as caught:
        _write(reading, path)
    assert "Save it as .docx" in caught.value.en


def test_a_folder_or_a_workbook_is_no_template(own: Site, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.docx", "w") as file:
        file.writestr(
            "[Content_Types].xml", "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"
        )
    for path in (tmp_path, tmp_path / "book.docx"):
        with own.read() as reading, pytest.raises(DabiaoError):
            _write(reading, path)


def test_the_template_of_the_setting_comes_first() -> None:
    assert find_template({"DABIAO_BULLETIN_TEMPLATE": " /x/y.docx "}) == Path("/x/y.docx")
    assert find_template({}) is None
