"""What a visitor did is taken whole, also when the browser's next message comes meanwhile.

Streamlit lets a run give way to a new message wherever its state is looked at, in a control's
callback too: there it drops what is left of the callback, and takes the choice for told. So a
choice was lost when something followed within milliseconds: Escape, a field left by a click.
"""

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState


def take_whole() -> None:
    """Let no callback of this process give way: the run after it does, as ever."""
    if SafeSessionState.on_script_will_rerun is not _on_script_will_rerun:
        SafeSessionState.on_script_will_rerun = _on_script_will_rerun  # type: ignore[assignment, method-assign]


_of_streamlit = SafeSessionState.on_script_will_rerun


def _on_script_will_rerun(state: SafeSessionState, *told: Any, **more: Any) -> None:
    gives_way = state._yield_callback
    gives_way()
    object.__setattr__(state, "_yield_callback", _goes_on)  # its own takes names of a visitor's
    try:
        _of_streamlit(state, *told, **more)
    finally:
        object.__setattr__(state, "_yield_callback", gives_way)


def _goes_on() -> None:
    """Look for no other message."""
