"""The layout that a state folder has: a new one, one of old, one of a later release."""

from __future__ import annotations

import json

import pytest

from fs_pipeline.store.state import LAYOUT, LayoutError, check_layout, upgrade_layout


def layout(home) -> int:
    return json.loads((home / "layout.json").read_bytes())["layout"]


def test_a_new_folder_has_this_layout_and_nothing_is_said(tmp_path):
    assert upgrade_layout(tmp_path) == ""
    assert layout(tmp_path) == LAYOUT


def test_a_folder_of_old_is_upgraded_once_with_a_message(tmp_path):
    (tmp_path / "lake").mkdir()
    check_layout(tmp_path)
    assert not (tmp_path / "layout.json").exists()  # looking changes nothing
    assert "0.7.1 or an earlier one" in upgrade_layout(tmp_path)
    assert layout(tmp_path) == LAYOUT
    assert upgrade_layout(tmp_path) == ""


@pytest.mark.parametrize("text", ['{"layout": 99, "release": "9.9.9"}', "{", "[]", '{"layout": null, "release": ""}'])
def test_a_later_one_or_one_that_cannot_be_read_is_refused_and_left(text, tmp_path):
    (tmp_path / "layout.json").write_text(text, encoding="utf-8")
    for function in (check_layout, upgrade_layout):
        with pytest.raises(LayoutError):
            function(tmp_path)
    assert (tmp_path / "layout.json").read_text(encoding="utf-8") == text
