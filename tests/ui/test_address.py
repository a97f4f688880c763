"""What an address means: the pure transitions of a visitor's session."""

from dataclasses import dataclass, replace

import pytest

import gdplay as gd
from gdplay.knobs import Knobs, knob
from gdplay.link import Query
from gdplay.teaching.defaults import default_race
from gdplay.ui import address
from gdplay.ui.address import Page, Session, Shown, arrive, leave, save, show, whole


@dataclass(frozen=True)
class Near(Knobs):
    """The view of one page."""

    zoom: int = knob(1, 0, 9)


@dataclass(frozen=True)
class Far(Knobs):
    """The view of another, with a field of the same name and another range."""

    zoom: int = knob(50, 10, 99)


@dataclass(frozen=True)
class Whole(address.Complete):
    """The view of a page that shows nothing else."""


A, B, GUIDE = Page("a", Near), Page("b", Far), Page("guide", None)
RACES = Page("races", Near, address.FUNCTIONS)
INSIDE = Page("inside", Far, follows=address.anything)
BATCHES = Page("batches", Far, follows=address.on_rows)
HOME = gd.default_experiment()
RACE, OTHER = address.first_race(), default_race(gd.SURFACES["bowl"])
IRIS = gd.default_experiment(gd.DATASETS["iris"])
MOONS = gd.default_experiment(gd.DATASETS["moons"])


def drawn(session: Session, experiment: gd.Experiment | None = None, view: Knobs | None = None):
    """The session after its page was drawn with controls that say this."""
    shown = session.shown
    return save(session, experiment or shown.experiment, view or shown.view, {})


def visit(*stops: Page | tuple[Page, Query]) -> Session:
    """The session after pages were opened and drawn, each at an empty address or at its own."""
    session = Session()
    for stop in stops:
        page, query = (stop, {}) if isinstance(stop, Page) else stop
        session = arrive(session, page, query)
        session = drawn(session) if page.kind else session
    return session


def test_a_first_visit_shows_the_default_at_an_empty_address():
    session = visit(A)
    assert session.shown == Shown(HOME, Near())
    assert session.address == {}


def test_a_change_makes_the_address_whole():
    session = drawn(arrive(visit(A), A, {}), IRIS)
    assert session.address == whole(IRIS, Near())


def test_a_whole_address_is_all_that_is_shown():
    session = visit(A, (A, whole(IRIS, Near(7))))
    assert session.shown == Shown(IRIS, Near(7))
    assert session.address == whole(IRIS, Near(7))


def test_part_of_an_address_is_made_whole_without_a_change_of_its_own():
    session = arrive(Session(), A, {"data": ["iris"]})
    assert session.shown == Shown(IRIS, Near())
    assert session.address == whole(IRIS, Near())
    assert (session.alias, session.fresh) == ({"data": ["iris"]}, True)


def test_what_a_page_mends_of_its_address_is_part_of_being_opened():
    opened = arrive(Session(), A, whole(IRIS, Near(9)))
    mended = drawn(opened, view=Near(3))
    assert opened.fresh
    assert not mended.fresh
    assert mended.address == whole(IRIS, Near(3))


def test_back_to_what_was_mended_shows_it_mended():
    mended = drawn(arrive(drawn(arrive(visit(A), A, {}), IRIS), B, {}), view=Far(60))
    later = drawn(arrive(mended, B, {}), MOONS)
    assert arrive(later, B, {}).shown == Shown(IRIS, Far(60))


def test_an_act_before_a_page_was_drawn_makes_history_again():
    opened = arrive(Session(), A, {"data": ["iris"]})
    assert arrive(opened, A, {"data": ["iris"]}).fresh
    assert not arrive(opened, A, {"data": ["iris"]}, acted=True).fresh


def test_another_page_has_the_same_experiment_and_a_view_of_its_own():
    session = drawn(arrive(visit(A), A, {}), IRIS, Near(7))
    there = arrive(session, B, {})
    assert there.shown == Shown(IRIS, Far())
    assert there.address == whole(IRIS, Far())
    assert there.fresh


def test_who_comes_again_finds_the_view_that_was_left():
    session = drawn(arrive(visit(A), A, {}), view=Near(7))
    session = drawn(arrive(session, B, {}), IRIS, Far(60))
    assert arrive(session, A, {}).shown == Shown(IRIS, Near(7))


def test_the_address_of_another_page_says_nothing_about_this_one():
    session = visit((A, whole(IRIS, Near(7))))
    session = drawn(arrive(session, A, session.address), MOONS)
    assert arrive(session, B, session.address).shown == Shown(MOONS, Far())


def test_back_to_another_page_shows_what_its_address_says_whatever_was_done_since():
    before = visit((A, whole(IRIS, Near(7))))
    session = drawn(arrive(before, B, {}), MOONS, Far(60))
    back = arrive(session, A, before.address, returned=True)
    assert back.shown == Shown(IRIS, Near(7))
    assert back.address == before.address
    on = arrive(drawn(back), B, session.address, returned=True)
    assert on.shown == Shown(MOONS, Far(60))


def test_back_to_an_empty_address_shows_the_default():
    session = drawn(arrive(visit(A, B), B, {}), IRIS, Far(60))
    for page in (A, B):
        back = arrive(session, page, {}, returned=True)
        assert back.shown == address.home(page)
        assert back.address == {}


def test_another_pages_query_on_a_page_is_read_as_far_as_it_goes():
    query = whole(IRIS, Near(7)) | {"view.other": ["x"]}
    session = arrive(Session(), B, query)
    assert session.shown == Shown(IRIS, Far())  # 7 is not one of its own zooms
    assert session.address == whole(IRIS, Far())
    assert len(session.notices) == 1


def test_an_old_address_that_a_control_brings_along_is_no_wish_to_go_back():
    session = visit((A, whole(IRIS, Near())))
    later = drawn(arrive(session, A, session.address), MOONS)
    assert arrive(later, A, session.address, acted=True).shown.experiment == MOONS
    assert arrive(later, A, session.address).shown.experiment == IRIS


def test_back_wins_over_a_control():
    session = visit((A, whole(IRIS, Near())))
    later = drawn(arrive(session, A, session.address), MOONS)
    back = arrive(later, A, session.address, acted=True, returned=True)
    assert back.shown.experiment == IRIS


def test_an_address_not_yet_put_in_its_place_changes_nothing():
    session = drawn(arrive(drawn(arrive(visit(A), A, {}), IRIS), B, {}))
    again = arrive(session, B, {})
    assert again.shown == Shown(IRIS, Far())
    assert again.address == whole(IRIS, Far())
    assert again.generation == session.generation


def test_where_no_address_could_be_put_in_its_place_back_still_undoes():
    session = drawn(arrive(drawn(arrive(visit(A), A, {}), IRIS), B, {}))
    later = drawn(arrive(session, B, {}), MOONS)
    assert arrive(later, B, {}).shown == Shown(IRIS, Far())


def test_controls_start_again_where_what_is_shown_came_from_elsewhere():
    session = visit((A, whole(IRIS, Near())))
    assert arrive(session, A, session.address).generation == session.generation
    assert arrive(session, B, {}).generation > session.generation
    assert arrive(session, A, whole(MOONS, Near())).generation > session.generation
    assert show(session, MOONS).generation > session.generation
    assert drawn(session, MOONS).generation == session.generation


def test_a_link_that_cannot_be_read_shows_the_default_and_says_why():
    session = arrive(Session(), A, {"data": ["nonsense"], "view.zoom": ["7"]})
    assert session.shown == address.home(A)
    assert session.address == whole(*address.home(A))
    assert "could not be read" in session.notices[0]


def test_a_page_without_an_address_leaves_the_experiment_alone():
    session = drawn(arrive(visit(A), A, {}), IRIS)
    for more in ({}, {"returned": True}):
        there = arrive(session, GUIDE, {}, **more)
        assert there.shown == Shown(IRIS, None)
        assert there.address == {}
        assert arrive(there, A, {}).shown == Shown(IRIS, Near())


def test_an_address_strays_only_onto_a_page_that_has_none_and_only_once():
    link, session = whole(IRIS, Near()), Session()
    assert address.strays(session, GUIDE, link)
    assert not address.strays(session, GUIDE, link, returned=True)
    assert not address.strays(session, GUIDE, {})
    assert not address.strays(session, A, link)
    assert not address.strays(visit((A, link)), GUIDE, link)
    assert address.strays(arrive(session, GUIDE, {}), GUIDE, link)  # typed where one stands


# Sent by a page


def test_a_page_sends_its_visitor_to_all_that_it_wants_to_be_seen_there():
    session = leave(visit((A, whole(IRIS, Near(7)))), "b", MOONS, Far(60))
    there = arrive(session, B, session.address)
    assert there.shown == Shown(MOONS, Far(60))
    assert there.address == whole(MOONS, Far(60))
    assert (there.alias, there.fresh, there.goal) == (session.address, True, None)


def test_a_page_sends_its_visitor_to_the_view_that_was_left_there():
    session = drawn(arrive(visit(A, B), B, {}), view=Far(60))
    session = leave(drawn(arrive(session, A, {})), "b")
    assert arrive(session, B, session.address).shown == Shown(HOME, Far(60))


def test_who_goes_elsewhere_is_sent_nowhere():
    session = leave(visit(A), "b", MOONS)
    elsewhere = arrive(session, GUIDE, {})
    assert elsewhere.goal is None
    assert arrive(elsewhere, B, {}).shown.experiment == HOME


@pytest.mark.parametrize("changed", [False, True])
def test_a_trip_gives_back_the_experiment_that_was_left_unless_the_other_was_changed(changed):
    session = leave(drawn(arrive(visit(A), A, {}), IRIS), "b", MOONS, trip=True)
    there = drawn(arrive(session, B, session.address), view=Far(60))
    there = drawn(there, replace(MOONS, epochs=7)) if changed else there
    back = arrive(there, A, {})
    assert back.shown.experiment == (there.experiment if changed else IRIS)
    assert back.seen == Far(60)
    assert arrive(drawn(back), A, back.address).seen is None
    assert not back.trips


def test_a_visit_that_was_no_trip_tells_nothing():
    session = leave(visit(A), "b")
    assert arrive(drawn(arrive(session, B, {})), A, {}).seen is None


# Controls


def test_a_visitor_has_acted_where_a_control_differs_or_a_callback_put_something_there():
    session = save(visit(A), HOME, Near(), {"rate@1": 0.1, "gone@1": True})
    assert not address.moved(session, {"rate@1": 0.1})
    assert address.moved(session, {"rate@1": 0.2})
    assert address.moved(show(session, IRIS), {})
    assert not address.moved(arrive(show(session, IRIS), A, {}), {})


# Views in links


def test_a_view_goes_round_and_back():
    assert address.decode(address.encode(Near(7)), Near) == (Near(7), [])


def test_what_is_bad_in_a_view_is_as_on_a_first_visit_and_named():
    view, wrong = address.decode({"view.zoom": ["70"], "epochs": ["3"]}, Near)
    assert view == Near()
    assert ["zoom" in text for text in wrong] == [True]


def test_only_names_of_experiments_and_views_are_ours():
    names = [*whole(HOME, Near()), "surface", "utm_source", "embed"]
    assert address.ours(names) == names[:-2]


# Pages of functions


def test_a_page_of_functions_has_a_race_of_its_own_and_others_keep_their_data():
    there = arrive(drawn(arrive(visit(A), A, {}), IRIS), RACES, {})
    assert there.shown == Shown(RACE, Near())
    raced = drawn(there, OTHER)
    assert raced.address == whole(OTHER, Near())
    back = arrive(raced, A, {})
    assert back.shown.experiment == IRIS
    assert arrive(back, RACES, {}).shown.experiment == OTHER


def test_a_page_of_functions_shows_what_all_pages_share_where_that_is_on_a_function():
    shared = arrive(drawn(arrive(visit(A), A, {}), OTHER), RACES, {})
    assert shared.shown.experiment == OTHER
    changed = drawn(shared, replace(OTHER, epochs=7))
    assert arrive(changed, A, {}).shown.experiment == replace(OTHER, epochs=7)


def test_who_looks_inside_a_race_comes_back_to_it_and_to_the_data_elsewhere():
    raced = drawn(arrive(drawn(arrive(visit(A), A, {}), IRIS), RACES, {}), OTHER)
    inside = arrive(leave(raced, "inside", trip=True), INSIDE, raced.address)
    assert inside.shown.experiment == OTHER
    back = arrive(drawn(inside), RACES, {})
    assert back.shown.experiment == OTHER
    assert arrive(back, A, {}).shown.experiment == IRIS


def test_an_address_of_a_view_alone_shows_the_race_of_a_first_visit_without_a_word():
    opened = visit((RACES, {"view.zoom": ["3"]}))
    assert opened.shown == Shown(address.first_race(), Near(zoom=3))
    assert opened.notices == ()


def test_data_never_stand_on_a_page_of_functions():
    opened = arrive(Session(), RACES, whole(IRIS, Near()))
    assert opened.shown.experiment == RACE
    assert opened.notices == (address.FUNCTIONS.refusal,)
    shown = show(drawn(arrive(Session(), RACES, {})), MOONS)
    assert shown.shown.experiment == RACE
    assert shown.notices == (address.FUNCTIONS.refusal,)
    assert arrive(shown, A, {}).shown.experiment == MOONS


# Pages that follow


def raced() -> Session:
    """A session with data on one page of play, and then another race on that of functions."""
    return drawn(arrive(drawn(arrive(visit(A), A, {}), IRIS), RACES, {}), OTHER)


def test_a_page_that_follows_shows_what_was_played_last():
    inside = drawn(arrive(raced(), INSIDE, {}))
    assert inside.shown == Shown(OTHER, Far())
    assert inside.address == whole(OTHER, Far())
    assert inside.told == RACES
    assert arrive(arrive(inside, A, {}), INSIDE, {}).shown.experiment == IRIS


def test_what_is_read_between_does_not_change_what_is_followed():
    read = arrive(arrive(raced(), GUIDE, {}), Page("lessons", Whole), {})
    assert arrive(read, INSIDE, {}).shown.experiment == OTHER


def test_a_page_follows_only_what_it_can_tell_of():
    assert arrive(raced(), BATCHES, {}).shown.experiment == IRIS
    assert arrive(raced(), BATCHES, {}).told == BATCHES


def test_what_is_changed_on_a_page_that_follows_is_changed_where_it_is_played():
    changed = drawn(arrive(raced(), INSIDE, {}), replace(OTHER, epochs=7))
    assert arrive(changed, RACES, {}).shown.experiment == replace(OTHER, epochs=7)
    assert arrive(changed, A, {}).shown.experiment == IRIS


@pytest.mark.parametrize("shared", [False, True])
def test_what_cannot_be_played_where_a_page_followed_is_what_all_pages_share(shared):
    before = arrive(drawn(arrive(visit(A), A, {}), OTHER), RACES, {}) if shared else raced()
    opened = arrive(arrive(before, INSIDE, {}), INSIDE, whole(MOONS, Far()))
    assert opened.shown.experiment == MOONS
    assert opened.told.own is None
    assert arrive(opened, A, {}).shown.experiment == MOONS


def test_a_trip_from_a_page_that_follows_gives_back_what_was_played():
    inside = drawn(arrive(raced(), INSIDE, {}))
    clicked = replace(OTHER, epochs=7)
    there = arrive(leave(inside, "races", clicked, trip=True), RACES, inside.address)
    assert there.shown.experiment == clicked
    back = arrive(drawn(there), INSIDE, {})
    assert back.shown.experiment == OTHER
    assert arrive(back, A, {}).shown.experiment == IRIS


def test_what_is_said_stays_until_something_else_is_shown():
    session = address.said(address.say(drawn(visit(A)), "Once."))
    assert session.notices == ("Once.",)
    assert address.said(drawn(arrive(session, A, session.address))).notices == ("Once.",)
    assert address.said(drawn(session, view=Near(2))).notices == ()
    assert address.said(show(session, IRIS)).notices == ()
    assert address.said(arrive(session, B, {})).notices == ()


def test_what_is_said_next_takes_the_place_of_what_was_said():
    session = address.say(address.say(visit(A), "One."), "Two.")
    assert address.said(session).notices == ("One.", "Two.")
    assert address.say(address.said(session), "Three.").notices == ("Three.",)
    broken = arrive(address.said(session), A, {"data": ["nonsense"]})
    assert len(broken.notices) == 1
    assert "could not be read" in broken.notices[0]


def test_it_is_counted_what_was_opened_and_not_what_was_made_by_hand():
    first = visit(A)
    made = drawn(show(first, IRIS))
    assert (first.opened, made.opened) == (1, 1)
    assert arrive(made, A, made.address, acted=True).opened == 1
    assert arrive(made, A, first.address, returned=True).opened == 2
    assert arrive(made, B, {}).opened == 2
