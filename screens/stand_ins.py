"""ASCII stand-ins: what is drawn where a terminal can show nothing else; one table for every glyph of the console's own."""

from __future__ import annotations

#: What the console, and Textual's borders around its dialogs, draw beyond ASCII; each has one column, and so has its stand-in.
STAND_INS = {
    **dict.fromkeys("▶►❯▸", ">"),
    **dict.fromkeys("◀◄", "<"),
    **dict.fromkeys("✓✔", "v"),
    **dict.fromkeys("✕✗✘×", "x"),
    **dict.fromkeys("●■★", "*"),
    **dict.fromkeys("◐◑◒◓⟳↻⧗", "~"),
    **dict.fromkeys("○◌□", "o"),
    **dict.fromkeys("◆◇◈", "+"),
    **dict.fromkeys("▲△↑⇧", "^"),
    **dict.fromkeys("▼▽↓▾", "v"),
    **dict.fromkeys("→↵⏎⇥", ">"),
    **dict.fromkeys("←⌫", "<"),
    **dict.fromkeys("█▓▰", "#"),
    **dict.fromkeys("▒", "="),
    **dict.fromkeys("░▱", "."),
    **dict(zip("▁▂▃▄▅▆▇", "_.-~=+*", strict=True)),
    "≈": "~",
    "†": "+",
    **dict.fromkeys("·•∙", "."),
    "…": "~",
    **dict.fromkeys("–—−─━╌┄┈═", "-"),
    **dict.fromkeys("│┃┆┊║▏▎▍▌▋▊▉▐▕", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋", "+"),
    **dict.fromkeys("▔▀", "-"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″", '"'),
    **dict.fromkeys("«‹", "<"),
    **dict.fromkeys("»›", ">"),
    "Δ": "d",
    "≤": "<",
    "≥": ">",
    "±": "+",
    "÷": "/",
    "€": "E",
    "£": "L",
    "¥": "Y",
    "\N{NO-BREAK SPACE}": " ",
}
#: A character that has none: most of Azure's text that is not ASCII.
UNKNOWN = "?"


def in_ascii(cells: list[str]) -> list[str]:
    """The cells of a line, each one column, in ASCII. Of a wide character, which leaves the next cell empty, each half is `?`."""
    return [cell if cell.isascii() and cell else STAND_INS.get(cell[:1], UNKNOWN) for cell in cells]
