"""The style of a sheet: one measure of text in millimetres, everything else follows from it."""

from __future__ import annotations


def stylesheet(width: float, height: float, margin: float, side: float, text: float, columns: int) -> str:
    """Return the style for a paper of a size; all measures in millimetres."""
    return f"""
@page {{ size: {width}mm {height}mm; margin: {margin}mm {margin}mm {margin + 1.5}mm;
  @bottom-left {{ content: element(foot); vertical-align: top; padding-top: 1.2mm; width: 78%; }}
  @bottom-right {{ content: element(foot-mark); vertical-align: top; padding-top: 1.2mm; text-align: right; width: 22%; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; color: #1b2226; font: {text}mm/1.45 "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", sans-serif;
  font-variant-numeric: tabular-nums; }}
h1, h2, p, ul, table {{ margin: 0; padding: 0; }}
ul {{ list-style: none; }}
svg {{ display: inline-block; }}
.foot {{ position: running(foot); font-size: {text * 0.86}mm; color: #3c4348; }}
.foot-mark {{ position: running(foot-mark); font-size: {text * 0.86}mm; }}
.demo {{ border: 0.4mm solid #8c2f1b; color: #8c2f1b; font-weight: 700; padding: 0 1.4mm; }}
.first {{ position: relative; height: {height - 2 * margin - 1.6}mm; }}
header {{ height: {text * 5}mm; }}
header .demo {{ float: right; font-size: {text * 1.25}mm; margin-top: {text * 0.4}mm; padding: 0.4mm 2.4mm; }}
h1 {{ font-size: {text * 2.1}mm; line-height: 1.2; }}
.sentence {{ font-size: {text * 1.2}mm; color: #3c4348; margin-top: {text * 0.2}mm; }}
.frame {{ position: absolute; left: 0; top: {text * 5.6}mm; line-height: 0; }}
.side {{ position: absolute; right: 0; top: {text * 5.6}mm; width: {side}mm; }}
.answer {{ border-bottom: 0.25mm solid #87918f; padding-bottom: {text * 0.6}mm; }}
.big {{ font-size: {text * 4.2}mm; line-height: 1.05; font-weight: 700; float: left; margin-right: {text * 0.9}mm; }}
.answer > p {{ min-height: {text * 2.6}mm; padding-top: {text * 1.0}mm; }} .answer > .big {{ padding-top: 0; min-height: 0; }}
.facts {{ clear: both; border-collapse: collapse; width: 100%; }}
.facts th {{ text-align: left; font-weight: 400; }} .facts td {{ text-align: right; }}
h2 {{ font-size: {text * 1.1}mm; margin: {text * 0.55}mm 0 {text * 0.2}mm; }}
.legend li {{ line-height: {text * 1.5}mm; }}
.legend li svg {{ vertical-align: middle; margin-right: 1.6mm; }}
.legend .two li {{ display: inline-block; width: 49%; white-space: nowrap; overflow: hidden;
  height: {text * 1.5}mm; vertical-align: top; }}
.legend .sizes {{ margin-top: 0.6mm; }} .legend .sizes li {{ display: inline-block; margin-right: 4mm; }}
.scale {{ margin-top: {text * 0.7}mm; border-top: 0.25mm solid #87918f; border-bottom: 0.25mm solid #87918f; padding: 1mm 0; }}
.scale > svg {{ float: left; margin-right: 5mm; height: 11mm; width: 7mm; }}
.scale p {{ padding-left: 3mm; }}
.figures {{ border-collapse: collapse; width: 100%; margin-top: {text * 0.8}mm; font-size: {text * 0.92}mm; line-height: 1.32; }}
.figures caption {{ text-align: left; font-weight: 700; font-size: {text * 1.05}mm; }}
.figures th {{ text-align: right; font-weight: 400; color: #3c4348; border-bottom: 0.3mm solid #1b2226; vertical-align: bottom;
  padding: 0.3mm 0 0.3mm 1.2mm; }}
.figures td {{ text-align: right; border-bottom: 0.12mm solid #b9beb8; padding: 0.25mm 0 0.25mm 1.2mm; }}
.figures .word {{ text-align: left; padding-left: 1.8mm; }}
.figures th:first-child, .figures td:first-child {{ padding-left: 0; }}
.figures tbody tr {{ break-inside: avoid; }}
.more {{ color: #3c4348; font-size: {text * 0.86}mm; }}
.town, .lists {{ break-before: page; }}
.town h2 {{ font-size: {text * 1.6}mm; margin: 0 0 1mm; }}
.town h2 span {{ font-weight: 400; font-size: {text * 1.1}mm; margin-left: 4mm; color: #3c4348; }}
.town-map {{ line-height: 0; }}
.beside {{ position: absolute; top: {text * 5.6}mm; }}
.beside h2 {{ font-size: {text * 1.25}mm; line-height: {text * 1.6}mm; margin: 0 0 {text * 0.3}mm; }}
.beside h2 span {{ font-weight: 400; font-size: {text}mm; margin-left: 3mm; color: #3c4348; }}
.town-scale {{ margin-top: 0.6mm; }}
.lists h2 {{ font-size: {text * 1.4}mm; margin-top: 0; }}
.tables {{ columns: 2; column-gap: 8mm; margin-bottom: {text}mm; }}
.tables .figures {{ margin-top: 0; margin-bottom: {text}mm; }}
.facilities {{ columns: {columns}; column-gap: 7mm; }}
.facilities li {{ break-inside: avoid; padding-left: {text * 2.6}mm; text-indent: -{text * 2.6}mm; }}
.facilities b {{ display: inline-block; width: {text * 2.2}mm; text-indent: 0; text-align: right; margin-right: {text * 0.4}mm; }}
.facilities svg {{ vertical-align: -0.5mm; margin-right: 1mm; }}
.facilities i {{ font-style: normal; color: #5a646a; }}
.notes {{ margin-top: {text * 1.2}mm; border-top: 0.25mm solid #87918f; padding-top: 1mm; color: #3c4348;
  font-size: {text * 0.92}mm; }}
"""
