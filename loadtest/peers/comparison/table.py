"""The comparison as a page of Markdown: servers down, cases across."""

from comparison.cases import Case
from comparison.plan import Cell
from comparison.servers import Server


def page(cases: list[Case], servers: list[Server], cells: list[Cell], versions: dict[str, str]) -> str:
    found = {(cell.case.name, cell.server.name): cell for cell in cells}
    lines = [
        "| | " + " | ".join(case.title for case in cases) + " |",
        "|---" * (len(cases) + 1) + "|",
    ]
    for server in servers:
        row = [_text(case, found.get((case.name, server.name))) for case in cases]
        lines.append(f"| {server.name} | " + " | ".join(row) + " |")
    unit = "Thousands of deliveries for each second of the server's processor time, where nothing else is said."
    lines += ["", unit]
    lines += ["", *(f"- {name}: {version}" for name, version in versions.items())]
    remarks = [
        f"- {cell.case.name}, {cell.server.name}, {remark}" for cell in cells for remark in cell.remarks
    ]
    if remarks:
        lines += ["", "Remarks (*):", "", *remarks]
    return "\n".join(lines)


def _text(case: Case, cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.figures is None:
        return "–*"
    figures = " / ".join(f"{figure:,.{case.decimals}f}" for figure in cell.figures)
    return figures + ("*" if cell.remarks else "")
