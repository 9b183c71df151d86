"""Rules on the published pages themselves (S10x, S11x): broken documents, samples, tables and placeholders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from lumakit import strictjson
from lumakit.contract.document import Mending
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier
from lumakit.contract.pages import Parts, Sample, embedded
from lumakit.errors import DocumentError
from lumakit.model import Finding

_TOKENS = re.compile(r"\*{5,}|\{\{\w+\}\}|<token>|\bYOUR_\w+")
_IMPOSSIBLE_HOST = re.compile(r"https?://[^/\s'\"\\]*\.\.[^\s'\"\\]*")
_DUMMY = re.compile(r'"(\w+)\\?": *\\?"(x{6,})\\?"')
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_GLUED = re.compile(r"^[}\]]+['\"]?([A-Za-z][A-Za-z ]{3,})$")
_PAYLOAD = re.compile(r"\{[^{}]*\}")
_KEY = re.compile(r'\\?"(\w+)\\?"\s*:')
_STATUS = re.compile(r"\b[1-5]\d\d\b")
_OUTCOME = re.compile(r"\b(?:success|bad|invalid|error|fail)", re.IGNORECASE)
_MOST_IDS = 200


def differs_from_lock(dossier: Dossier) -> Iterator[Finding]:
    """S100: A page is not the one that was received."""
    for page in dossier.sources.pages:
        if page.locked is not None and page.locked != page.sha256:
            yield dossier.on_page(
                "S100", page, None, f"its sha256 is {page.sha256[:12]}..., the lock says {page.locked[:12]}..."
            )


def invalid_yaml(dossier: Dossier) -> Iterator[Finding]:
    """S101: invalid YAML."""
    for page in dossier.sources.pages:
        try:
            for mended in [each for found in embedded(page) for each in found.mended]:
                yield dossier.on_page("S101", page, mended.line, _repaired(mended), mended.was.strip())
        except DocumentError as error:
            yield dossier.on_page("S101", page, None, f"the document in the page cannot be read: {error.what}")
    for mended in dossier.sources.mended:
        yield dossier.finding("S101", _repaired(mended), "", mended.was.strip()).but(line=mended.line)


def _repaired(mended: Mending) -> str:
    return f"{mended.problem}; read as if the value were quoted: {mended.was}"


def glued_text(dossier: Dossier) -> Iterator[Finding]:
    """S102: text is glued to the end of a sample."""
    for page, parts in dossier.parts:
        for number, line in enumerate(parts.lines, start=1):
            if glued := _GLUED.match(line):
                yield dossier.on_page("S102", page, number, f"{glued[1]!r} is glued to the end of a sample", glued[1])


def not_json(dossier: Dossier) -> Iterator[Finding]:
    """S103: A JSON sample is not JSON."""
    for page, parts in dossier.parts:
        for number, sample in enumerate(parts.samples, start=1):
            if sample.language == "json" and (reason := _not_json(sample.text)):
                message = f"a JSON sample is not JSON: {reason}"
                yield dossier.on_page("S103", page, sample.line, message, f"sample {number}")


def _not_json(text: str) -> str:
    try:
        strictjson.loads(text)
    except strictjson.JsonProblem as problem:
        reasons = [reason for pattern, reason in _JSON_MISTAKES if re.search(pattern, text)]
        return ", ".join(reasons) or str(problem)
    return ""


_JSON_MISTAKES = (
    (r"(?m)(^|[\s,])//", "it holds a comment"),
    (r"[{,]\s*[A-Za-z_]\w*\s*:", "a key is not quoted"),
    (r",(?>\s*//[^\n]*+)*+\s*+[}\]]", "a comma stands before the end"),
)


def other_path(dossier: Dossier) -> Iterator[Finding]:
    """S104: all code samples call another path."""
    for page, parts in dossier.parts:
        homes = [(endpoint, home) for endpoint in parts.endpoints if (home := _split(endpoint.url))]
        calls = [(there, line) for url, line in _called(parts) if (there := _split(url))]
        for endpoint, home in homes:
            others = [each.path for _, each in homes if each is not home]
            mine = [(there, line) for there, line in calls if not any(_fits(there.path, path) for path in others)]
            for path, at in _calls_elsewhere(home, mine).items():
                message = f"{len(at)} code samples call {path}, the page documents {home.path} (lines {_lines(at)})"
                yield dossier.on_page("S104", page, at[0], message, f"{endpoint.method} {home.path} {path}")


def _called(parts: Parts) -> list[tuple[str, int]]:
    """The addresses in code: in fences where the page has any, else anywhere but where it announces them."""
    announced = {endpoint.line for endpoint in parts.endpoints}
    code = {s.line + n for s in parts.samples if s.fenced for n in range(s.text.count("\n") + 1)}
    return [(url, line) for url, line in parts.urls if line not in announced and (line in code or not code)]


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _calls_elsewhere(home: SplitResult, calls: list[tuple[SplitResult, int]]) -> dict[str, list[int]]:
    """The other paths of the same host that code calls, where no code calls the right one."""
    here = [(there.path, line) for there, line in calls if there.netloc == home.netloc]
    elsewhere: dict[str, list[int]] = {}
    for path, line in here if not any(_fits(path, home.path) for path, _ in here) else ():
        elsewhere.setdefault(path, []).append(line)
    return elsewhere


def _fits(path: str, template: str) -> bool:
    """True where a path is the template filled in, or its beginning with the rest to be added by code."""
    given, wanted = path.split("/"), template.split("/")
    if given[-1] == "" and len(given) <= len(wanted):
        given.pop()
        wanted = wanted[: len(given)]
    pairs = zip(given, wanted, strict=False)
    return len(given) == len(wanted) and all(part == place or (part and "{" in place) for part, place in pairs)


def _lines(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines))


def short_rows(dossier: Dossier) -> Iterator[Finding]:
    """S105: A table row has too few cells."""
    for page, parts in dossier.parts:
        for number, table in enumerate(parts.tables, start=1):
            for line, cells in table.rows:
                if len(cells) < len(table.header):
                    missing = ", ".join(table.header[len(cells) :])
                    message = (
                        f"the row of {cells[0]!r} has {len(cells)} cells of {len(table.header)}: {missing} is missing"
                    )
                    yield dossier.on_page("S105", page, line, message, f"table {number}: {cells[0]}")


def empty_sections(dossier: Dossier) -> Iterator[Finding]:
    """S106: A section is announced and empty."""
    for page, parts in dossier.parts:
        starts = {line for _, line in parts.sections}
        for number, (name, line) in enumerate(parts.sections, start=1):
            below = next((n for n in range(line + 1, len(parts.lines) + 1) if parts.lines[n - 1].strip()), None)
            if below in starts and _depth(parts.lines[below - 1]) <= _depth(parts.lines[line - 1]):
                message = f"the section {name!r} is announced and empty"
                yield dossier.on_page("S106", page, line, message, f"section {number}: {name}")


def _depth(line: str) -> int:
    """How deep a heading stands: a heading below another one belongs to it."""
    return len(line) - len(line.lstrip("#"))


def answers_without_status(dossier: Dossier) -> Iterator[Finding]:
    """S107: the status of the answers is lost."""
    for page, parts in dossier.parts:
        lost = [each for each in parts.samples if _tells_outcome(each) and not _status_above(parts, each)]
        if len(lost) > 1:
            lines = [sample.line for sample in lost]
            message = (
                f"{len(lost)} answers are told apart by comments only, the HTTP status is lost (lines {_lines(lines)})"
            )
            yield dossier.on_page("S107", page, lines[0], message)


def _tells_outcome(sample: Sample) -> bool:
    first = sample.text.partition("\n")[0]
    return first.startswith("//") and bool(_OUTCOME.search(first))


def _status_above(parts: Parts, sample: Sample) -> bool:
    return any(_STATUS.search(line) for line in parts.lines[max(0, sample.line - 5) : sample.line])


def placeholders(dossier: Dossier) -> Iterator[Finding]:
    """S108: placeholders instead of values."""
    for page, parts in dossier.parts:
        tokens = _first_lines(parts, _TOKENS, lambda match: match.group() if match.group()[0] != "*" else "*****")
        if len(tokens) > 1:
            message = f"{len(tokens)} placeholders stand for the same token: {', '.join(tokens)}"
            yield dossier.on_page("S108", page, min(tokens.values()), message, "token")
        for url, line in _first_lines(parts, _IMPOSSIBLE_HOST, lambda match: match.group()).items():
            yield dossier.on_page("S108", page, line, f"{url} is no address: its host cannot exist", url)
        for name, line in _first_lines(parts, _DUMMY, lambda match: match[1]).items():
            yield dossier.on_page(
                "S108", page, line, f"the example of {name} is filler: it does not show what one looks like", name
            )


def _first_lines(parts: Parts, pattern: re.Pattern[str], name: Callable[[re.Match[str]], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(parts.lines, start=1):
        for match in pattern.finditer(line):
            found.setdefault(name(match), number)
    return found


def nearly_equal_ids(dossier: Dossier) -> Iterator[Finding]:
    """S109: two ids differ in one group only."""
    for page, parts in dossier.parts:
        ids = list(_first_lines(parts, _UUID, lambda match: match.group()).items())[:_MOST_IDS]
        for index, (first, _) in enumerate(ids):
            for second, line in ids[index + 1 :]:
                if sum(a != b for a, b in zip(first.split("-"), second.split("-"), strict=True)) == 1:
                    message = f"{second} differs from {first} in one group only; a reader takes them for the same id"
                    yield dossier.on_page("S109", page, line, message, f"{first} {second}")


def samples_disagree(dossier: Dossier) -> Iterator[Finding]:
    """S110: samples of one request differ."""
    for page, parts in dossier.parts:
        text = "\n".join(parts.lines)
        payloads = [(frozenset(_KEY.findall(match.group())), match.start()) for match in _PAYLOAD.finditer(text)]
        for usual, often in Counter(keys for keys, _ in payloads if len(keys) > 1).most_common(1):
            for number, (keys, start) in enumerate(payloads if often > 2 else (), start=1):
                if _nearly(keys, usual):
                    names = ", ".join(sorted(keys ^ usual))
                    line = text.count("\n", 0, start) + 1
                    message = f"a sample differs from {often} others in {names}"
                    yield dossier.on_page("S110", page, line, message, f"sample {number}: {names}")


def _nearly(keys: frozenset[str], usual: frozenset[str]) -> bool:
    """True for the keys of another request with a field more or less; an answer adds an id or a state."""
    other = keys ^ usual
    is_answer = any(tasks.ID.search(name) or tasks.STATE.search(name) for name in other)
    return 0 < len(other) < 3 and len(keys & usual) > 1 and not is_answer


def required_by_colour(dossier: Dossier) -> Iterator[Finding]:
    """S111: required is told by colour only."""
    for page, parts in dossier.parts:
        starred = [
            n for n, line in enumerate(parts.lines, start=1) if re.search(r'style="color:red;?">(?:<\w+>)?\\?\*', line)
        ]
        if starred:
            message = f"required is told by a red star in the markup only (lines {_lines(starred)})"
            yield dossier.on_page("S111", page, starred[0], message)


RULES: dict[str, Any] = {
    "S100": differs_from_lock,
    "S101": invalid_yaml,
    "S102": glued_text,
    "S103": not_json,
    "S104": other_path,
    "S105": short_rows,
    "S106": empty_sections,
    "S107": answers_without_status,
    "S108": placeholders,
    "S109": nearly_equal_ids,
    "S110": samples_disagree,
    "S111": required_by_colour,
}
