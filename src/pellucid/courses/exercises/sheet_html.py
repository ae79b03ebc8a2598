"""A sheet as a page of HTML that prints on one page of A4 or letter paper and needs no other file."""

from __future__ import annotations

from pellucid.courses.exercises.sheet import Item, Sheet
from pellucid.explain.equations import as_html, as_text
from pellucid.host.escaping import for_html

__all__ = ["items_html", "set_html"]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
@page {{ size: auto; margin: 13mm 14mm; }}
body {{ color: #1d2433; background: #fff; font: 15px/1.4 system-ui, sans-serif; margin: 0; }}
main {{ max-width: 50rem; margin: 0 auto; padding: 1rem; }}
header {{ display: flex; justify-content: space-between; gap: 1rem; color: #4a5263;
  border-bottom: 1px solid #b9c0cc; padding-bottom: .35rem; }}
h1 {{ font-size: 1.3rem; margin: .6rem 0 .4rem; }}
h2 {{ font-size: 1rem; margin: .8rem 0 .35rem; color: #1f5fa8; }}
p {{ margin: .15rem 0; }}
.items {{ display: flex; flex-wrap: wrap; gap: .6rem 1.6rem; align-items: flex-start; }}
figure {{ margin: 0; break-inside: avoid; }}
figcaption {{ max-width: 17rem; font-size: .8rem; color: #4a5263; margin-bottom: .15rem; }}
figcaption b, th i, li {{ font: italic 1rem Georgia, "Times New Roman", serif; color: #1d2433; }}
code {{ font-size: .75rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
td, th {{ border: 1px solid #9aa3b2; padding: .1rem .4rem; text-align: right; }}
th {{ border: none; font-weight: 400; font-size: .78rem; color: #4a5263; }}
.asked td {{ min-width: 3.4rem; height: 1.35rem; }}
small {{ color: #4a5263; font-size: .75em; }}
ul {{ margin: 0; padding: 0; list-style: none; columns: 2; }}
sub, sup {{ font-size: .7em; line-height: 0; }}
@media print {{ body {{ font-size: 9pt; line-height: 1.3; }} main {{ max-width: none; padding: 0; }}
  figcaption {{ font-size: 7.5pt; }} th {{ font-size: 7pt; padding: 0 1mm; }}
  h1 {{ font-size: 12pt; margin: 1.5mm 0; }} h2 {{ font-size: 9.5pt; margin: 2mm 0 1mm; }}
  .items {{ gap: 1.5mm 5mm; }} td {{ padding: 0 1.2mm; }} .asked td {{ height: 4.9mm; min-width: 13mm; }}
  h2 {{ color: #000; }} }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def set_html(sheet: Sheet) -> str:
    """Return a sheet as a page of HTML.

    Parameters
    ----------
    sheet : Sheet
        The sheet.

    Returns
    -------
    str
        HTML without script and without references.
    """
    name = "solution" if sheet.is_solution else "name: ______________________________"
    body = [
        f"<header><span>exercise <code>{for_html(sheet.identifier)}</code></span><span>{name}</span></header>",
        f"<h1>{as_html(sheet.title)}</h1>",
        *(f"<p>{as_html(sentence)}</p>" for sentence in sheet.task),
    ]
    if sheet.given:
        body += ["<h2>Given</h2>", *items_html(sheet.given, "given")]
    body += [f"<h2>{'Results' if sheet.is_solution else 'Fill in'}</h2>", *items_html(sheet.asked, "asked")]
    if sheet.formulas:
        items = "".join(f"<li>{as_html(formula)}</li>" for formula in sheet.formulas)
        body += ["<h2>Formulas</h2>", f"<ul>{items}</ul>"]
    return PAGE.format(title=for_html(as_text(sheet.title)), body="\n".join(body))


def items_html(items: tuple[Item, ...], kind: str = "given") -> list[str]:
    """Return tables side by side, line by line.

    Parameters
    ----------
    items : tuple of Item
        The tables.
    kind : {"given", "asked"}, default="given"
        The class of their element.

    Returns
    -------
    list of str
        HTML.
    """
    return [f'<div class="items {kind}">', *map(_figure, items), "</div>"]


def _figure(item: Item) -> str:
    symbol = f"<b>{as_html(item.symbol)}</b> " if item.symbol else ""
    key = f" <code>{for_html(item.key)}</code>" if item.key else ""
    tag = f"{for_html(item.tag)} " if item.tag else ""
    caption = f"<figcaption>{tag}{symbol}{as_html(item.caption)}{key}</figcaption>"
    return f"<figure>{caption}{_table(item)}</figure>"


def _table(item: Item) -> str:
    lines = []
    if item.columns:
        corner = "<th></th>" if item.rows else ""
        lines.append(
            f"<tr>{corner}{''.join(f'<th scope=col>{as_html(label)}</th>' for label in item.columns)}</tr>"
        )
    for i, row in enumerate(item.cells):
        head = f"<th scope=row>{as_html(item.rows[i])}</th>" if item.rows else ""
        hands = item.hand[i] if item.hand else ("",) * len(row)
        pairs = zip(row, hands, strict=True)
        lines.append(f"<tr>{head}{''.join(f'<td>{_number(*pair)}</td>' for pair in pairs)}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _number(text: str, hand: str) -> str:
    also = f" <small>({hand})</small>" if hand else ""
    return f"{for_html(text)}{also}".replace("-", "−")
