"""What a provider or a document is read from, and how a change of that shows."""

from __future__ import annotations

from pathlib import Path

from lumakit.contract import folder


def test_a_providers_files_are_those_that_may_be_there() -> None:
    names = [path.name for path in folder.files("chainhub")]
    assert names == ["openapi.yaml", "additions.overlay.yaml", "corrections.overlay.yaml", "lifecycle.yaml"]


def test_a_documents_files_are_itself_and_what_it_refers_to_and_no_neighbour(tmp_path: Path) -> None:
    text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {}\n"
    refers = "components: {schemas: {One: {$ref: parts/one.yaml}}}\n"
    (tmp_path / "jobs.yaml").write_text(text + refers, encoding="utf-8")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.yaml").write_text("type: object\n", encoding="utf-8")
    (tmp_path / "neighbour.yaml").write_text("a: 1\n", encoding="utf-8")
    found = folder.files(str(tmp_path / "jobs.yaml"))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["jobs.yaml", "parts/one.yaml"]


def test_a_stamp_changes_when_a_file_does_and_when_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    first = folder.stamp([file])
    assert folder.stamp([file]) == first
    file.write_text("a: 12\n", encoding="utf-8")
    second = folder.stamp([file])
    file.unlink()
    assert len({first, second, folder.stamp([file])}) == 3
