"""What a student sees, on a phone: the question, the own answer, and at last what is true."""

import streamlit as st

from gdplay.experiment import labels
from gdplay.figures import room as drawn
from gdplay.figures.marks import colored
from gdplay.figures.theme import Theme
from gdplay.rooms.answers import DRAW
from gdplay.rooms.store import ENDED, OPEN, SHOWN, TOLD, Room
from gdplay.rooms.store import store as rooms
from gdplay.teaching.exercises import LETTERS
from gdplay.teaching.predictions import CHOOSE, Answer, Choice, Ranking, score
from gdplay.ui import results, state
from gdplay.ui.compare.asking import KEY, ask
from gdplay.ui.compare.pictures import covered
from gdplay.ui.fragments import fragment
from gdplay.ui.lessons.parts import marked
from gdplay.ui.parts import title
from gdplay.ui.player import player
from gdplay.ui.predict import guessed
from gdplay.ui.room import visit
from gdplay.ui.room.parts import choices, curves, explain, pose
from gdplay.ui.room.questions import Asked, read
from gdplay.words import escaped, joined


def attend(there: Room, theme: Theme) -> None:
    """Draw a room for somebody who answers."""
    with st.container(key="student", gap="small"):
        visit.be_seen(there)
        _body(there.code, theme)
        visit.stay(there)


def _ended() -> None:
    title("This room has ended")
    st.markdown("Nothing is kept of it. Go on by yourself:")
    st.page_link(state.PAGES / "lessons.py", label="Lessons", icon=":material/school:")


def _head(there: Room) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title(f":small[:gray[Room {there.code} · question {there.number}]]", width="stretch")
        if st.button("Leave", type="tertiary"):
            visit.leave()
            st.rerun()


@fragment("room")
@visit.waiting()
def _body(code: str, theme: Theme) -> None:
    """Draw a room as it stands; an answer, and a change of the room, run this part alone."""
    there = rooms().room(code)
    if there is None:
        st.rerun()
        return
    visit.note(version=there.version)
    if there.phase == ENDED:
        visit.say()
        _ended()
    else:
        visit.follow(there)
        _head(there)
        _question(there, read(there.question), theme)


def _question(there: Room, asked: Asked, theme: Theme) -> None:
    """Draw the question, or what became of it."""
    if asked.form.kind != CHOOSE and there.phase == OPEN:
        visit.doing(_guess, there, asked)
    visit.say()
    own = rooms().answer_of(there.code, there.number, visit.here().member)
    said = next(asked.form.readable([own] if own else []), None)
    pose(asked, theme)
    if there.phase == OPEN:
        if asked.form.kind == CHOOSE:
            _choose(there, asked, said, theme)
        elif said is None or visit.here().changes == (there.code, there.number):
            _predict(there, asked, theme)
            return
        else:
            _own(asked, said, theme)
            st.button(
                "Change it", on_click=visit.note, kwargs={"changes": (there.code, there.number)}
            )
        if said:
            st.success(IN)
        return
    if asked.form.kind == CHOOSE:
        _answered(there, asked, said, theme)
    elif said:
        _own(asked, said, theme, told=there.phase == TOLD)
    if there.phase == SHOWN:
        st.info("Closed. What all said is on the screen, and soon what is true.")
    else:
        _told(asked, said, theme)


IN = "Your answer is in. You may change it until your teacher shows the answers."


def _choose(there: Room, asked: Asked, said: Answer | None, theme: Theme) -> None:
    """Draw the choices as buttons for thumbs."""
    with st.container(key="choices", gap="xsmall"):
        for place, text in enumerate(choices(asked, theme)):
            with st.container(key=f"own{place}" if said == Choice(place) else f"other{place}"):
                st.button(
                    f"**{LETTERS[place]}** {text}",
                    width="stretch", key=f"room.choice{place}",
                    on_click=visit.doing, args=(_answer, there, asked, str(place)),
                )  # fmt: skip


def _predict(there: Room, asked: Asked, theme: Theme) -> None:
    """Let the runs be ranked, or their curves be drawn into empty axes."""
    assert asked.runs
    traces, draws = results.traces(asked.experiment), asked.form.kind == DRAW
    if draws:
        land = results.ground(asked.experiment, traces, asked.view.plane)
        made = covered(asked.runs, asked.experiment, asked.view, traces, land, theme, None)
        with st.container(key="stage", gap=None):
            player(
                {"curves": made.panels["curves"]}, key="room.axes",
                revisions={"curves": there.question}, labels={"curves": "Empty axes to draw in"},
            )  # fmt: skip
    ask(
        asked.runs, asked.experiment, traces, theme, None, act="Send", then="Then send it.",
        alone=not draws, on_guess=lambda: None,
    )  # fmt: skip


def _guess(there: Room, asked: Asked) -> None:
    """Answer what was just ranked or drawn, if anything was."""
    text = guessed(KEY)
    if text is not None:
        _answer(there, asked, text)
        visit.note(changes=None)


def _own(asked: Asked, said: Answer, theme: Theme, *, told: bool = False) -> None:
    """Draw what was ranked or drawn; once it is told, over what is true."""
    if isinstance(said, Ranking):
        names = labels(asked.experiment)
        lines = [f"{rank}. {escaped(names[place])}" for rank, place in enumerate(said.order, 1)]
        lost = joined([escaped(names[place]) for place in said.lost] or [""])
        st.markdown("\n".join([*lines, f"\nLost: {lost}" if lost else ""]))
    else:
        curves(asked, [said], theme, told=told)


def _answer(there: Room, asked: Asked, text: str) -> None:
    answer = asked.form.read(asked.form.whole(text))
    rooms().answer(there.code, there.number, visit.here().member, answer)


def _answered(there: Room, asked: Asked, said: Answer | None, theme: Theme) -> None:
    """Draw the choices with the own one marked, and the right one once it is told."""
    own = [said.place] if isinstance(said, Choice) else []
    right = asked.right if there.phase == TOLD else None
    st.html(drawn.votes(asked.choices, asked.names, [], theme, right=right, own=own))


def _told(asked: Asked, said: Answer | None, theme: Theme) -> None:
    """Draw what is said of an answer, what happened, and the way to look at it."""
    if isinstance(said, Choice) and (reason := asked.reason(said.place)):
        st.markdown(marked(reason, asked.lesson, theme) if asked.lesson else escaped(reason))
    if said and not isinstance(said, Choice):
        verdict = score(said, asked.experiment, results.traces(asked.experiment))
        for text in (verdict.words, *verdict.sentences.values()):
            st.markdown(colored(text, labels(asked.experiment), theme))
    else:
        explain(asked, theme)
    if asked.choices:
        place = said.place if isinstance(said, Choice) else asked.right
        page, query = asked.answered(place)
        st.page_link(
            state.PAGES / f"{page}.py", label="Play it yourself", icon=":material/play_circle:",
            query_params=query,
        )  # fmt: skip
