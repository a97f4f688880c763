"""What tests of pages need under the Streamlit that stlite brings, the app without a server.

There `AppTest` knows no components that modules made at their import, and forgets which menus are
open. Streamlit 1.67 does both itself, and browsers did before.
"""

from collections.abc import Iterator

import pytest
from streamlit.components.v2 import component_manager
from streamlit.proto.Block_pb2 import Block
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.testing.v1 import app_test, local_script_runner
from streamlit.testing.v1.element_tree import ElementTree

OLD = not hasattr(
    component_manager.BidiComponentManager, "ensure_definition_if_missing_or_placeholder"
)
"""Whether it is an older Streamlit than that which `requirements.txt` names."""


newer_tells = pytest.mark.skipif(
    OLD, reason="AppTest tells of texts for screen readers, keys and history since Streamlit 1.67"
)
"""Marks tests that look at what an older `AppTest` does not hold; the page has it all the same."""

MENUS = ("popover", "expandable")


def help_out() -> None:
    """Let tests of pages run as they do under the newer one."""
    manager = component_manager.BidiComponentManager()
    for module in (component_manager, app_test):
        module.BidiComponentManager = lambda: manager  # type: ignore[misc, assignment]
    parse, states_of = local_script_runner.parse_tree_from_messages, ElementTree.get_widget_states

    def parse_with_menus(messages: list[ForwardMsg]) -> ElementTree:
        tree = parse(messages)
        tree.menus = [block.id for block in _blocks(messages) if block.WhichOneof("type") in MENUS]  # type: ignore[attr-defined]
        return tree

    def states_with_menus(tree: ElementTree) -> WidgetStates:
        states = states_of(tree)
        for menu in tree.menus:  # type: ignore[attr-defined]
            name = user_key_from_element_id(menu)
            if name and tree._runner is not None and name in tree._runner.session_state:
                states.widgets.add(id=menu, bool_value=bool(tree._runner.session_state[name]))
        return states

    local_script_runner.parse_tree_from_messages = parse_with_menus
    ElementTree.menus = ()  # type: ignore[attr-defined]
    ElementTree.get_widget_states = states_with_menus  # type: ignore[method-assign]


def _blocks(messages: list[ForwardMsg]) -> Iterator[Block]:
    """Yield what the page is made of beside its elements."""
    for message in messages:
        if message.delta.HasField("add_block"):
            yield message.delta.add_block
