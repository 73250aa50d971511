"""The slides read back: one message each, numbers of the mart in native charts and tables, nothing runs over."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn

from dashboard.exports import outline_tables as tables
from dashboard.exports.deck import Deck, Series
from dashboard.exports.slides import TOLD_ROWS, TRENDS, WORST, make_slides
from dashboard.exports.words import item_of
from dashboard.tally import LIGHTS
from tests.dashboard.support import Site
from tests.exports.reading_of import EVIL, bulletin
from warehouse.measures.period import Period

POINT = 12700


def slides(content: bytes) -> list[Any]:
    return list(Presentation(io.BytesIO(content)).slides)


def charts(found: list[Any]) -> Iterator[tuple[Any, Any]]:
    """(slide, graphic frame) of every chart."""
    return ((slide, shape) for slide in found for shape in slide.shapes if shape.has_chart)


def rows_of(found: list[Any], first: str) -> list[list[str]]:
    """Rows of every table whose first heading is one."""
    rows = []
    for slide in found:
        for shape in slide.shapes:
            if shape.has_table and shape.table.cell(0, 0).text == first:
                rows += [[cell.text for cell in row.cells] for row in list(shape.table.rows)[1:]]
    return rows


def test_every_number_is_that_of_the_mart(demo: Site) -> None:
    steps: list[tuple[int, int]] = []
    with bulletin(demo) as (b, reading):
        d = reading.display
        found = slides(make_slides(b, reading, lambda *step: steps.append(step)))
        native = {tuple(series.name for series in frame.chart.plots[0].series): frame for _, frame in charts(found)}
        lights = native[("目标",)].chart.plots[0].series[0]
        assert [int(x) for x in lights.values] == [b.tally.count(x) for x in LIGHTS]
        worst = [row for row in b.behind if row.attainment is not None][:WORST]
        plot = native[("目标（100%）", "完成率")].chart.plots[0]
        assert list(plot.series[0].values) == [1.0] * len(worst)
        for row, value, name in zip(worst, plot.series[1].values, plot.categories, strict=True):
            assert row.attainment is not None
            assert value == float(row.attainment)
            places = len(plot.series[1].data_labels.number_format.rstrip("%").partition(".")[2])
            assert f"{value:.{places}%}".startswith(str(item_of(d, row).attainment).rstrip("%"))
            assert d.series_name(row) in name
        scores = native[("考核得分",)].chart.plots[0].series[0]
        ranked = [s for s in b.standings if s.rank is not None]
        assert list(scores.values) == [float(s.value) for s in ranked]  # type: ignore[arg-type]
        stacked = next(f for _, f in charts(found) if f.chart.chart_type == XL_CHART_TYPE.BAR_STACKED).chart.plots[0]
        by_name = {s.district.name_zh: s for s in b.standings}
        for n, name in enumerate(stacked.categories):
            told = [int(series.values[n]) for series in stacked.series]
            assert told == [by_name[name].tally.count(x) for x in LIGHTS if b.tally.count(x)]
        [table] = tables.behind(d, b)
        told_rows = [[tables.shown(cell) for cell in row] for row in table.rows[:TOLD_ROWS]]
        assert rows_of(found, "序号")[: len(told_rows)] == told_rows
    assert steps[0] == (0, 10) and steps[-1] == (10, 10)


def test_a_half_year_without_a_figure_is_a_gap(demo: Site) -> None:
    with bulletin(demo) as (b, reading):
        found = slides(make_slides(b, reading, lambda *_: None))
    lines = [f.chart for _, f in charts(found) if f.chart.chart_type == XL_CHART_TYPE.LINE_MARKERS]
    assert 1 <= len(lines) <= TRENDS
    assert all(chart._chartSpace.find(f".//{qn('c:dispBlanksAs')}").get("val") == "gap" for chart in lines)
    deck = Deck("x", "y")
    deck.chart(
        deck.slide("x", "y", "z"), XL_CHART_TYPE.LINE_MARKERS, ["a", "b", "c"],
        [Series("s", [1.5, None, 0.0], "#000000")],
        alt="gap", format="0.0",
    )  # fmt: skip
    [(_slide, frame)] = charts(slides(deck.save()))
    assert list(frame.chart.plots[0].series[0].values) == [1.5, None, 0.0]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", ["own", "demo", "evil"])
def test_each_slide_has_its_message_its_source_and_room(
    request: pytest.FixtureRequest, place: str, language: str
) -> None:
    site: Site = request.getfixturevalue(place)
    with bulletin(site, language, title=EVIL[5] if place == "evil" else "") as (b, reading):
        content = make_slides(b, reading, lambda *_: None)
    deck = Presentation(io.BytesIO(content))
    assert round(deck.slide_width / deck.slide_height, 2) == 1.78
    found = list(deck.slides)
    assert len(found) >= 6
    for number, slide in enumerate(found):
        title = slide.shapes.title.text_frame.text
        if number:
            assert title.rstrip("0123456789/()（） ").endswith(("。", ".")) or EVIL[0][:3] in title, title
        boxes = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        until = "数据截至" if language == "zh" else "Data"
        assert any(until in text for text in boxes), title
        assert len(slide.notes_slide.notes_text_frame.text.splitlines()) >= 3
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width + POINT
            if shape.has_table:
                bottom = shape.top + sum(row.height for row in shape.table.rows)
                assert bottom <= deck.slide_height * 0.92, title
            if shape.has_chart or shape.has_table:
                assert len(shape._element.nvGraphicFramePr.cNvPr.get("descr")) > 5
    for size, text, is_table in sizes(found):
        assert size >= (12 if is_table else 9), text
    for element in texts(found):
        assert element.find(qn("a:ea")) is not None, "a font for Chinese letters"


def sizes(found: list[Any]) -> Iterator[tuple[float, str, bool]]:
    """(points, text, whether in a table) of everything written on slides."""
    for slide in found:
        for shape in slide.shapes:
            frames = [shape.text_frame] if shape.has_text_frame else []
            if shape.has_table:
                frames = [cell.text_frame for row in shape.table.rows for cell in row.cells]
            for frame in frames:
                for paragraph in frame.paragraphs:
                    for run in paragraph.runs:
                        yield run.font.size.pt, run.text, shape.has_table


def texts(found: list[Any]) -> Iterator[Any]:
    """Properties of every run, and of every text of a chart."""
    for slide in found:
        yield from slide._element.iter(qn("a:rPr"))
        for shape in slide.shapes:
            if shape.has_chart:
                yield from shape.chart._chartSpace.iter(qn("a:defRPr"))


def test_a_long_table_goes_on_on_the_next_slide() -> None:
    deck = Deck("x", "y")
    rows = [[(f"很长的名称{n}" * (1 + n % 7), ""), (str(n), "#96161D")] for n in range(60)]
    deck.table("六十行。", "源", "注", [("名称", 3, False), ("数", 1, True)], rows, more="（{n}/{m}）")
    found = slides(deck.save())
    assert len(found) > 3
    assert rows_of(found, "名称") == [[cell[0] for cell in row] for row in rows], "no row is lost, and none is cut"
    assert [s.shapes.title.text for s in found] == [f"六十行。（{n}/{len(found)}）" for n in range(1, len(found) + 1)]


def test_a_bulletin_of_nothing_is_slides_all_the_same(own: Site) -> None:
    with bulletin(own, districts=("999999",)) as (b, reading):
        assert len(slides(make_slides(b, reading, lambda *_: None))) >= 3


@pytest.mark.parametrize(
    ("place", "asked"),
    [("own", {"period": Period(2020, 2)}), ("own", {"period": Period(2020, 1), "districts": ("320404",)}), ("demo", {}),
     ("own", {"period": Period(2021, 2)})],
)  # fmt: skip
def test_no_slide_says_a_thing_twice(request: pytest.FixtureRequest, place: str, asked: dict[str, Any]) -> None:
    site: Site = request.getfixturevalue(place)
    with bulletin(site, **asked) as (b, reading):
        found = slides(make_slides(b, reading, lambda *_: None))
    titles = [slide.shapes.title.text_frame.text for slide in found]
    assert len(titles) == len(set(titles)), titles
    for slide, title in zip(found, titles, strict=True):
        told = [p.text for x in slide.shapes if x.has_text_frame and x != slide.shapes.title
                for p in x.text_frame.paragraphs]  # fmt: skip
        assert not any(title in text for text in told), title
        assert not any("。另有" in text or "数据截至 尚无" in text for text in told if "来源" in text), told
    drawn = [frame.chart for _slide, frame in charts(found)]
    assert all(chart.has_legend or len(chart.plots[0].series) == 1 for chart in drawn)
    assert not any("。" not in title for title in titles[1:])
