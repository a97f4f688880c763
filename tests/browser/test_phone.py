"""All pages on a phone: what stands in the first view, what a finger meets, what never scrolls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import gdplay as gd
from gdplay import link
from gdplay.ui.batch_size.view import PARTS
from gdplay.ui.compare.view import View
from tests import crossed

from .harness import MILLISECONDS_TO_DRAW, drawn, settle, wait_drawn, watch
from .test_compare_page import address, assert_quiet
from .test_first_view import (
    AT_REST,
    EXCESS,
    FRONTS,
    OPENED,
    OPENING,
    PANELS,
    PICTURE,
    PLACES,
    assert_first_view,
    is_inside,
    visits,
)
from .test_learning_rate_page import SCALE, assert_labels_apart
from .test_playback import assert_names_stay_when_play_starts
from .visits import arrive, frame, scrubber_widths

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Locator, Page

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36"
WIDTH, HEIGHT = 390, 844
FINGER = 44
"""Pixels that a finger needs."""

# The header, what is in it besides the pages, and the pages; one that stands in sight must be met.
STRIP = """() => {
  const edges = part => {
    const { left, top, right, bottom } = part.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const list = document.querySelector('[data-testid=stSidebarNavItems]');
  const room = edges(list);
  const links = [...list.querySelectorAll('a')].map(link => {
    const box = edges(link);
    const inSight = box.left >= room.left && box.right <= room.right;
    const met = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return { ...box, name: link.innerText, current: link.ariaCurrent, inSight,
      isMet: link.contains(met) };
  });
  const head = document.querySelector('[data-testid=stHeader]');
  const others = [document.querySelector('[data-testid=stSidebarLogo]'),
    ...head.querySelectorAll('button')].map(edges).filter(box => box.right > box.left);
  return { head: edges(head), list: room, others, links };
}"""

# What a finger cannot be sure to meet; the marks beside names aside.
SMALL = """finger => [...document.querySelectorAll([
  'button:not([aria-label^="Help for"])', 'summary', '.stCheckbox label', '.st-key-parts a',
  ':is(.stSelectbox, .stTextInput, .stNumberInput) input', 'input[type=range]:not(.stSlider *)',
  '[role=option]', '[data-testid=stSidebarNavLink]',
].join(','))]
  .filter(part => part.closest('[data-testid=stMain], [data-testid=stPopoverBody], header, ' +
    '[role=listbox], [role=menu], [data-testid=stSidebar]'))
  .map(part => [part.ariaLabel || part.textContent, part.getBoundingClientRect(), part])
  .filter(([, box, part]) => box.width > 0 && part.checkVisibility({ visibilityProperty: true }))
  .filter(([, box]) => Math.min(box.width, box.height) < finger - 0.1)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""


# What is cut and does not say so: text without dots, what scrolls without fading, titles of charts.
UNTOLD = """width => {
  const tells = ({ overflowX, maskImage }) => overflowX !== 'hidden' && maskImage !== 'none';
  const shows = style => style.overflowX === 'visible' || tells(style);
  const cut = [...document.querySelectorAll('[data-testid=stMain] :not(svg *, .katex *)')]
    .filter(part => part.clientWidth > 5 && part.scrollWidth > part.clientWidth + 1)
    .filter(part => !shows(getComputedStyle(part)))
    .filter(part => part.checkVisibility({ opacityProperty: true, visibilityProperty: true }));
  const titles = [...document.querySelectorAll('.gtitle')]
    .filter(title => title.getBoundingClientRect().right > width);
  return [...cut, ...titles].map(part => part.textContent);
}"""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    """A phone that says it is one, with a finger for a pointer."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        has_touch=True,
        is_mobile=True,
        user_agent=PHONE,
    )
    context.set_default_timeout(MILLISECONDS_TO_DRAW)
    page = context.new_page()
    watch(page)
    yield page
    context.close()


def come(phone: Page, server: str) -> None:
    """Come to the default experiment with the map."""
    url = address(server, gd.default_experiment(), View(ground="map"))
    if phone.url != url:
        arrive(phone, url)
    wait_drawn(phone)


def assert_strip_of_pages(phone: Page, told: str) -> None:
    """All pages stand in the header, beside what else is there; the open one is in sight."""
    strip = phone.evaluate(STRIP)
    head, room, links = strip["head"], strip["list"], strip["links"]
    assert len(links) == len(PAGES)
    assert head["bottom"] <= FINGER + 3, told
    before, after = strip["others"]
    assert before["right"] <= room["left"] < room["right"] <= after["left"], (told, strip)
    for box in links:
        assert box["bottom"] - box["top"] >= FINGER, (told, box)
        assert head["top"] <= box["top"] < box["bottom"] <= head["bottom"], (told, box)
        assert box["isMet"] or not box["inSight"], (told, box)
    (here,) = [box for box in links if box["current"] == "page"]
    assert here["inSight"], (told, here)
    assert sum(box["inSight"] for box in links) >= 2, told


@pytest.mark.exhaustive
def test_the_surface_play_and_the_strip_of_pages_stand_in_the_first_view(
    phone: Page, server: str
) -> None:
    for told in visits(phone, server):
        assert_first_view(phone, PANELS[:2], told)
        play = phone.locator(".gd-bar [data-act=play]").bounding_box()
        assert play
        assert min(play["width"], play["height"]) >= FINGER
        assert_strip_of_pages(phone, told)
        if told == "six runs":  # whose lines, with their names, stand below
            assert phone.evaluate(NAMED) == link.MAX_RUNS
            assert_names_stay_when_play_starts(phone)
    assert_quiet(phone)


# How many runs are named under the picture, whole.
NAMED = """() => {
  const row = document.querySelector('.gd-now').getBoundingClientRect();
  return [...document.querySelectorAll('.gd-now .gd-name')].filter(name => {
    const { left, top, right, bottom, width } = name.getBoundingClientRect();
    const [within, upright] = [left >= row.left && right <= row.right, top >= row.top];
    return width > 0 && within && upright && bottom <= row.bottom;
  }).length;
}"""


def the_network_its_curves_and_play_stand_in_the_first_view_as_wide_as_it(phone: Page) -> None:
    wait_drawn(phone)
    assert_first_view(phone, PANELS, "network")
    for panel in phone.locator(".gd-panel").all():
        box = panel.bounding_box()
        assert box is not None
        assert box["width"] > 0.85 * WIDTH


# How far around the middle of a handle, or of a question mark, a finger meets it: up, down, aside.
REACH = """selector => [...document.querySelectorAll(selector)].map(part => {
  part.scrollIntoView({ block: 'center' });
  const { left, top, right, bottom } = part.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const meets = (dx, dy) => part.contains(document.elementFromPoint(x + dx, y + dy));
  const far = (dx, dy) => {
    const missed = Array.from({ length: 44 }, (_, k) => k).findIndex(k => !meets(k * dx, k * dy));
    return missed < 0 ? 44 : missed;
  };
  return [far(0, -1) + far(0, 1), far(-1, 0) + far(1, 0)];
})"""
# Numbers that their boxes cut.
CUT = """() => [...document.querySelectorAll('[data-testid=stNumberInput] input')]
  .filter(box => box.scrollWidth > box.clientWidth)
  .map(box => `${box.ariaLabel}: ${box.value}`)"""
HANDLES = "[data-testid=stPopoverBody] :has(> [data-testid=stSliderThumbValue])"
HELPS = "[data-testid=stPopoverBody] .stSlider [aria-label^='Help for']"
PANEL = "[data-testid=stPopoverBody]"


def panels_stand_on_the_screen_and_a_finger_meets_all_that_is_in_them(phone: Page) -> None:
    for key in ("Data, model", "Experiments", "Share", "Run 1"):
        phone.locator("[data-testid=stPopover] button", has_text=key).tap()
        phone.locator(PANEL).wait_for()
        settle(phone)
        phone.evaluate(AT_REST, [PANEL])
        (free, box) = phone.evaluate(PLACES, [PANEL])
        assert is_inside(box, free), (key, box, free)
        assert phone.evaluate(SMALL, FINGER) == [], key
        assert phone.evaluate(CUT) == [], key
        for selector in (HANDLES, HELPS):
            for reach in phone.evaluate(REACH, selector):
                assert min(reach) >= FINGER - 2, (key, selector, reach)
        phone.keyboard.press("Escape")
        phone.locator(PANEL).wait_for(state="detached")
    phone.get_by_test_id("stMainMenuButton").tap()
    phone.get_by_role("menuitem", name="Print").wait_for()
    assert phone.evaluate(SMALL, FINGER) == [], "Streamlit's menu"
    phone.keyboard.press("Escape")


def finger(phone: Page) -> Callable[..., None]:
    """Return what puts a finger on the page, moves it, or lifts it."""
    session = phone.context.new_cdp_session(phone)

    def touch(what: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    return touch


def the_surface_comes_before_its_controls(phone: Page) -> None:
    assert_first_view(phone, PANELS[:2], "compare")
    rate = phone.locator(".gd-rate").first.bounding_box()
    assert rate
    assert rate["y"] > HEIGHT / 2
    losses = phone.locator(".gd-table th", has_text="Final loss").bounding_box()
    assert losses
    assert losses["x"] + losses["width"] <= WIDTH - 40  # where the table fades
    panels_stand_on_the_screen_and_a_finger_meets_all_that_is_in_them(phone)


def names_of_limits_never_meet(phone: Page) -> None:
    phone.locator(".gd-rate-mark").first.wait_for()
    assert_labels_apart(phone.evaluate(SCALE), WIDTH)
    a_finger_scrolls_past_charts(phone)


def no_part_scrolls_sideways(phone: Page) -> None:
    for part in PARTS.values():
        phone.get_by_role("radio", name=part.title).click()
        phone.get_by_role("radio", name=part.title, checked=True).wait_for()
        settle(phone)
        assert phone.evaluate(EXCESS) <= 0, part.title
    slider = "[data-testid=stSlider] [data-orientation] > div"
    before = phone.locator(slider).first.inner_text()
    swipe_up(phone, slider)
    settle(phone)
    assert phone.locator(slider).first.inner_text() == before


# What stands out of its own box, and what has no line at its right end.
OPEN = """() => [
  ...[...document.querySelectorAll('.gd-tiles')]
    .filter(strip => strip.scrollWidth > strip.clientWidth),
  ...[...document.querySelectorAll('[data-testid=stButtonGroup] button')]
    .filter(button => /, 0\\)|transparent/.test(getComputedStyle(button).borderRightColor)),
].map(part => part.textContent || part.className)"""


def runs_and_tiles_have_their_edges_on_the_page(phone: Page) -> None:
    phone.get_by_role("radio", name="Stochastic").tap()
    phone.get_by_role("radio", name="Stochastic", checked=True).wait_for()
    phone.locator(".gd-tiles i").nth(199).wait_for()
    settle(phone)
    assert phone.evaluate(OPEN) == []


def a_wide_table_scrolls_by_itself(phone: Page) -> None:
    table = phone.locator(".gd-worked").first
    table.wait_for()
    assert table.evaluate("table => table.scrollWidth") > WIDTH


def test_a_tap_on_a_label_tells_what_its_word_means(phone: Page, server: str) -> None:
    come(phone, server)
    phone.locator(".gd-time").tap()
    meaning = phone.get_by_role("tooltip")
    assert "one pass over all" in (meaning.text_content() or "")
    phone.locator("h1").tap()
    meaning.wait_for(state="hidden")


def test_the_times_slider_keeps_its_length_under_a_finger(phone: Page, server: str) -> None:
    come(phone, server)
    (width,) = scrubber_widths(phone)
    assert width > WIDTH / 2


START = """() => {
  const names = [...document.querySelectorAll('[data-panel=surface] text')];
  const name = names.find(text => text.textContent === 'start').getBoundingClientRect();
  return [(name.left + name.right) / 2, name.top - 8];
}"""
SCROLLED = "scrollY + document.querySelector('[data-testid=stMain]').scrollTop"


def test_a_finger_drags_the_start_of_a_map_and_the_page_stays_under_it(
    phone: Page, server: str
) -> None:
    come(phone, server)
    count = drawn(phone)
    settle(phone)
    right, down = phone.evaluate(START)
    touch = finger(phone)
    touch("touchStart", (right, down))
    for part in range(1, 11):
        touch("touchMove", (right - 8 * part, down - 18 * part))
    phone.wait_for_function("document.querySelector('[data-panel=surface] .gd-over')")
    assert phone.evaluate(SCROLLED) == 0
    touch("touchEnd")
    phone.wait_for_function("!location.search.includes('start=5.0~-3.0')")
    wait_drawn(phone, count)
    assert phone.evaluate(SCROLLED) == 0
    assert_quiet(phone)


AXES = """() => [...document.querySelectorAll('.stPlotlyChart .js-plotly-plot')].map(
  plot => [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range]
)"""


def a_finger_scrolls_past_charts(phone: Page) -> None:
    axes = phone.evaluate(AXES)
    swipe_up(phone, ".stPlotlyChart .nsewdrag")
    assert phone.evaluate(AXES) == axes


def swipe_up(phone: Page, selector: str) -> None:
    """Scroll on by a finger that comes down on the first of some parts, on its right half."""
    part = phone.locator(selector).first
    part.wait_for()
    part.evaluate("part => part.scrollIntoView({ block: 'center' })")
    frame(phone)
    before, box = phone.evaluate(SCROLLED), part.bounding_box()
    assert box
    right, down = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    touch = finger(phone)
    touch("touchStart", (right, down))
    for moves in range(1, 11):
        touch("touchMove", (right, down - 15 * moves))
    frame(phone)
    touch(
        "touchMove", (right, down - 150)
    )  # at rest: a page in flight takes the next tap as a halt
    touch("touchEnd")
    phone.wait_for_function(f"before => {SCROLLED} > before + 50", arg=before)
    phone.wait_for_timeout(1500)  # a page in flight takes a tap for a stop


PAGES: dict[str, Callable[[Page], None] | None] = {
    "compare": the_surface_comes_before_its_controls,
    "surfaces": None,
    "network": the_network_its_curves_and_play_stand_in_the_first_view_as_wide_as_it,
    "one_update": runs_and_tiles_have_their_edges_on_the_page,
    "learning_rate": names_of_limits_never_meet,
    "batch_size": no_part_scrolls_sideways,
    "lessons": None,
    "worked": a_wide_table_scrolls_by_itself,
    "guide": None,
    "room": None,
}
"""What else each page promises."""


def turn_to(phone: Page, name: str) -> None:
    """Come to a page by one tap."""
    path = "/" if name == "compare" else f"/{name}"
    phone.locator(f"[data-testid=stSidebarNav] a[href$='{path}']").tap()
    phone.wait_for_function(f"location.pathname === '{path}'")
    if name == "compare":
        wait_drawn(phone)
    phone.locator("h1").wait_for()
    settle(phone)


def test_a_tap_on_a_page_keeps_the_session_and_back_leads_back(phone: Page, server: str) -> None:
    come(phone, server)
    was = phone.url
    phone.evaluate("window.session = 'the same'")
    turn_to(phone, "guide")
    assert_strip_of_pages(phone, "guide")
    phone.go_back()
    phone.wait_for_url(was)
    phone.wait_for_function(f"({STRIP})().links[0].current === 'page'")
    wait_drawn(phone)
    settle(phone)
    assert_strip_of_pages(phone, "back on compare")
    assert phone.evaluate("window.session") == "the same"
    assert_quiet(phone)


@pytest.mark.parametrize("name", crossed(PAGES, "compare", "network", "learning_rate", "worked"))
def test_no_page_scrolls_sideways_and_the_strip_stays(phone: Page, server: str, name: str) -> None:
    if not phone.url.startswith(server):  # where this test runs alone
        come(phone, server)
    if name == "one_update":  # which follows what was played last
        turn_to(phone, "compare")
    turn_to(phone, name)
    assert_strip_of_pages(phone, name)
    assert phone.evaluate(EXCESS) <= 0
    assert phone.evaluate(SMALL, FINGER) == []
    assert phone.evaluate(UNTOLD, WIDTH) == []
    for reach in phone.evaluate(REACH, "[data-testid=stMain] [aria-label^='Help for']"):
        assert min(reach) >= FINGER - 2, (name, reach)
    phone.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    if name in FRONTS:
        phone.locator(".st-key-picture .js-plotly-plot").first.wait_for()
        opens = OPENING if name in OPENED else ()
        assert_first_view(phone, (*opens, *PICTURE), name)
    if (promise := PAGES[name]) is not None:
        promise(phone)
    assert_quiet(phone)


# What a finger meets at the slider's lower edge that is neither it nor tells a meaning.
BESIDE_IT = """() => {
  const slider = document.querySelector('.st-key-rates .gd-rate-slider');
  slider.scrollIntoView({ block: 'center' });
  const { left, width, bottom } = slider.getBoundingClientRect();
  return Array.from({ length: 60 }, (_, k) => left + ((k + 0.5) * width) / 60)
    .map(x => document.elementFromPoint(x, bottom - 3))
    .filter(part => part !== slider && !part.dataset.meaning)
    .map(part => part.className);
}"""


def test_names_stand_still_and_a_finger_has_the_width_for_the_rate_and_scrolls_past_it_and_the_time(
    phone: Page, server: str
) -> None:
    come(phone, server)
    assert_names_stay_when_play_starts(phone)
    box = phone.locator(".st-key-rates .gd-rate-slider").bounding_box()
    assert box is not None
    assert box["width"] > 0.85 * WIDTH
    assert phone.evaluate(BESIDE_IT) == []
    value = "slider => slider.value"
    rate, time = (phone.locator(name).first for name in (".gd-rate-slider", ".gd-scrub"))
    before = rate.evaluate(value)
    swipe_up(phone, ".gd-rate-slider")
    assert rate.evaluate(value) == before
    phone.locator(".gd-bar [data-act=play]").tap()
    swipe_up(phone, ".gd-scrub")
    pause = phone.locator(".gd-bar [data-act=pause]")
    pause.tap()  # it plays on
    held = time.evaluate(value)
    swipe_up(phone, ".gd-scrub")
    assert time.evaluate(value) == held
    tap_at(phone, ".gd-scrub", 0.5)
    assert float(time.evaluate(value)) == pytest.approx(0.5, abs=0.01)
    assert_quiet(phone)


def tap_at(phone: Page, selector: str, share: float) -> None:
    """Tap a slider at a share of the way of its knob's middle."""
    phone.locator(selector).first.scroll_into_view_if_needed()
    box = phone.locator(selector).first.bounding_box()
    assert box
    phone.touchscreen.tap(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def test_how_an_answer_compares_is_seen_where_it_was_given(phone: Page, server: str) -> None:
    arrive(phone, address(server, gd.default_experiment(), View(ground="map", predict="rank")))
    runs = phone.locator(".gd-cover .gd-rank")
    runs.nth(2).wait_for()
    for place in range(3):
        runs.nth(place).tap()
    phone.locator(".gd-reveal").tap()
    lead = phone.locator(".st-key-lead")
    lead.get_by_text("order.").wait_for()
    settle(phone)
    (free, box) = phone.evaluate(PLACES, [".st-key-lead"])
    assert is_inside(box, free), (box, free)
    lead.evaluate("lead => lead.closest('[data-testid=stMain]').scrollTo(0, 0)")
    assert_first_view(phone, PANELS[:2], "answered")
    assert phone.evaluate(EXCESS) <= 0


ALONG = "document.querySelector('[data-panel=surface][data-along]')"
# Notes whether it stands there when the next picture does.
NOTE_DRAWN = f"""() => {{
  window.stood = null;
  new MutationObserver(() => {{ window.stood ??= {ALONG} !== null; }})
    .observe(document.querySelector('.gd-player'), {{ attributeFilter: ['data-drawn'] }});
}}"""
LENGTH = "document.querySelector('[data-testid=stMain]').scrollHeight"


def test_the_surface_comes_along_with_a_finger_that_moves_it_from_below(
    phone: Page, server: str
) -> None:
    come(phone, server)
    settle(phone)
    rate = phone.locator(".gd-rate-slider").first
    rate.evaluate("slider => slider.scrollIntoView({ block: 'center' })")
    frame(phone)
    before = phone.evaluate(f"[{LENGTH}, {SCROLLED}]")
    box, count = rate.bounding_box(), drawn(phone)
    assert box
    left, width = int(box["x"]), int(box["width"])
    right, down = left + width // 2, box["y"] + box["height"] / 2
    touch = finger(phone)
    touch("touchStart", (right, down))
    sent: list[object] = phone.sent  # type: ignore[attr-defined]
    while not phone.evaluate(ALONG):  # until the runs have come that it shows
        right = left + (right + 2 - left) % width
        touch("touchMove", (right, down))
        settle(phone)
    sent.clear()
    for part in range(10):
        touch("touchMove", (right - 2 * part, down))
        frame(phone)
    surface = phone.locator("[data-panel=surface]").bounding_box()
    assert surface
    assert is_apart(surface, box)
    assert surface["y"] >= 0
    assert surface["y"] + surface["height"] <= HEIGHT
    assert phone.evaluate(f"[{LENGTH}, {SCROLLED}]") == before
    assert sent == []
    phone.evaluate(NOTE_DRAWN)
    touch("touchEnd")
    wait_drawn(phone, count)
    assert phone.evaluate("window.stood")
    phone.wait_for_function(f"!{ALONG}")
    assert_quiet(phone)


def is_apart(above: FloatRect, below: FloatRect) -> bool:
    """Whether two boxes do not lie over each other in height."""
    (first, second) = sorted((above, below), key=lambda box: box["y"])
    return first["y"] + first["height"] <= second["y"]


CHOSEN = "[role=option][aria-selected=true]"
TO_THE_END = "list => { list.scrollTop = list.scrollHeight; }"
# Whether the last of all options, of which a long list draws some, stands whole in it.
LAST_IS_SEEN = """list => {
  const bottom = part => part.getBoundingClientRect().bottom;
  const options = [...list.querySelectorAll('[role=option]')];
  const last = options.reduce((a, b) => (bottom(b) > bottom(a) ? b : a));
  return last.ariaPosInSet === last.ariaSetSize && bottom(last) <= bottom(list) + 1;
}"""
# Over how many pixels options of a list lie on one another.
OVERLAP = """list => {
  const boxes = [...list.querySelectorAll('[role=option]')].map(o => o.getBoundingClientRect())
    .sort((a, b) => a.top - b.top);
  return Math.max(0, ...boxes.slice(1).map((box, i) => boxes[i].bottom - box.top));
}"""


def is_seen(option: Locator, menu: Locator) -> bool:
    """Whether an option lies whole within its list."""
    inner, outer = option.bounding_box(), menu.bounding_box()
    assert inner
    assert outer
    below = inner["y"] + inner["height"] - outer["y"] - outer["height"]
    return inner["y"] >= outer["y"] - 1 and below <= 1


def test_the_options_of_a_menu_meet_a_finger_and_the_chosen_and_the_last_are_seen(
    phone: Page, server: str
) -> None:
    wine = gd.default_experiment(gd.DATASETS["wine"])
    arrive(phone, address(server, wine, View(ground="map")))
    wait_drawn(phone)
    phone.locator("[data-testid=stPopover] button", has_text="Data, model").tap()
    phone.locator(f"{PANEL} summary", has_text="More about data").tap()
    columns = phone.locator(f"{PANEL} .stMultiSelect").first
    columns.get_by_role("button", name="Remove").first.tap()
    columns.get_by_role("button", name="Remove alcohol").wait_for(state="detached")
    settle(phone)
    for name in ("Data", "Columns", "One class against the rest"):
        phone.get_by_role("combobox", name=name, exact=True).tap()
        menu = phone.get_by_role("listbox")
        menu.get_by_role("option").first.wait_for()
        frame(phone)
        assert phone.evaluate(SMALL, FINGER) == [], name
        assert menu.evaluate(OVERLAP) < 0.1, name
        chosen = menu.locator(CHOSEN)
        assert chosen.count() == 0 or is_seen(chosen, menu), name
        menu.evaluate(TO_THE_END)
        phone.wait_for_function(LAST_IS_SEEN, arg=menu.element_handle())
        phone.keyboard.press("Escape")
        menu.wait_for(state="detached")
    phone.keyboard.press("Escape")


def test_where_runs_are_refused_no_room_is_kept_for_a_picture(phone: Page, server: str) -> None:
    arrive(phone, f"{server}/?data=iris&epochs=100000")
    ways = phone.locator(".st-key-refused button:visible")  # Streamlit hides one with a hint
    ways.first.wait_for()
    settle(phone)
    last, below = ways.last.bounding_box(), phone.locator(".st-key-controls").bounding_box()
    assert last
    assert below
    assert 0 < below["y"] - last["y"] - last["height"] < FINGER
