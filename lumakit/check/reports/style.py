"""How the page of a verdict looks: one style sheet, in light, in dark and on paper. Knows no verdict."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --sans: "Inter", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --ground: #f4f5f8; --surface: #fff; --sunken: #eef0f4; --line: #dde1e9; --line-2: #868fa1;
  --ink: #171b26; --ink-2: #465065; --ink-3: #5f697d; --accent: #5b45d6; --accent-soft: #ebe8fb;
  --good: #136c3b; --good-soft: #dcf3e5; --bad: #b3261e; --bad-soft: #fce5e3; --warn: #8a5200; --warn-soft: #fcefd8;
  --calm: #0b5fc0; --calm-soft: #e0edfc; --dull: #55607a; --dull-soft: #e6e9f0; --plum: #6b5676; --plum-soft: #f0eaf3;
  --shadow: 0 1px 2px rgb(23 27 38 / 6%), 0 1px 1px rgb(23 27 38 / 4%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1117; --surface: #181c25; --sunken: #12161e; --line: #2a303c; --line-2: #6c778a;
    --ink: #e9ecf3; --ink-2: #b2bbca; --ink-3: #929db0; --accent: #a99aff; --accent-soft: #2a2452;
    --good: #63d393; --good-soft: #113322; --bad: #ff948b; --bad-soft: #41191a; --warn: #f1bb66; --warn-soft: #3b2b10;
    --calm: #73b5ff; --calm-soft: #132b4c; --dull: #aab6cb; --dull-soft: #262d3a; --plum: #c5afd1;
  --plum-soft: #2f2537;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%);
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 var(--sans); overflow-wrap: anywhere;
  }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 2; background: var(--surface); padding: .5rem 1rem; }
header, main, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.75rem; }
h1 { font-size: 1.7rem; line-height: 1.25; letter-spacing: -.02em; margin: .25rem 0 .35rem; text-wrap: balance; }
h2 { font-size: 1.15rem; letter-spacing: -.01em; margin: 2.75rem 0 .85rem; }
h3 { font: 600 .9rem/1.4 var(--mono); margin: 1.5rem 0 .6rem; color: var(--ink-2); }
h4 { font-size: .72rem; letter-spacing: .07em; text-transform: uppercase; color: var(--ink-3); margin: 0 0 .4rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.eyebrow { color: var(--ink-3); font-size: .8rem; margin: 0; letter-spacing: .02em; }
.lead { color: var(--ink-2); font-size: 1.02rem; }
nav { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom: 1px solid var(--line);
  margin-top: 1.5rem; }
nav ul { max-width: 66rem; margin: 0 auto; padding: .6rem 1.5rem; list-style: none; display: flex;
  gap: .25rem 1.25rem;
  flex-wrap: wrap; font-size: .87rem; }
nav a { text-decoration: none; color: var(--ink-2); }
nav a:hover { color: var(--accent); }
nav b { font-weight: 600; color: var(--ink-3); font-variant-numeric: tabular-nums; margin-left: .3rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1.5rem 0 0;
  padding: 0; list-style: none; }
.card, .panel, details.finding, .story, .empty { background: var(--surface); border: 1px solid var(--line);
  border-radius: .6rem;
  box-shadow: var(--shadow); }
.card { padding: .85rem 1rem; }
.card b { display: block; font-size: 1.5rem; line-height: 1.2; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; }
.card span { color: var(--ink-3); font-size: .82rem; }
.card.error b { color: var(--bad); } .card.warning b { color: var(--warn); } .card.good b { color: var(--good); }
.panel { padding: 1rem 1.15rem; overflow-x: auto; }
.empty { padding: 1.25rem; color: var(--ink-2); }
.open { background: var(--warn-soft); border: 1px solid var(--warn); border-radius: .6rem; padding: .9rem 1.15rem;
  margin: 1.5rem 0 0; }
.open h2 { margin: 0 0 .4rem; font-size: 1rem; color: var(--warn); }
.open ul { margin: 0; padding-left: 1.15rem; }
.pill { display: inline-block; border-radius: 1rem; padding: .05rem .6rem; font: 600 .74rem/1.6 var(--sans);
  white-space: nowrap;
  background: var(--dull-soft); color: var(--dull); }
.pill.error, .pill.refuted, .pill.failed { background: var(--bad-soft); color: var(--bad); }
.pill.warning { background: var(--warn-soft); color: var(--warn); }
.pill.note, .pill.running { background: var(--calm-soft); color: var(--calm); }
.pill.confirmed, .pill.succeeded, .pill.seen { background: var(--good-soft); color: var(--good); }
.pill.cancelled { background: var(--plum-soft); color: var(--plum); }
details.finding { margin: 0 0 .6rem; border-left: 3px solid var(--line-2); }
details.finding.error { border-left-color: var(--bad); } details.finding.warning { border-left-color: var(--warn); }
details.finding.note { border-left-color: var(--calm); }
summary { cursor: pointer; }
details.finding > summary { padding: .7rem 1rem; list-style: none; display: grid;
  grid-template-columns: auto auto 1fr auto;
  gap: .15rem .75rem; align-items: baseline; }
details.finding > summary::-webkit-details-marker { display: none; }
details.finding > summary:hover { background: var(--sunken); }
summary code { color: var(--ink-3); }
summary .where { color: var(--ink-3); font-size: .82rem; white-space: nowrap; }
.inside { padding: .35rem 1rem 1.1rem; border-top: 1px solid var(--line); }
.inside > p { margin-top: .75rem; color: var(--ink-2); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .75rem 0 1rem; font-size: .9rem;
  }
dt { color: var(--ink-3); } dd { margin: 0; }
code, pre { font-family: var(--mono); font-size: .84em; }
pre { background: var(--sunken); border-radius: .4rem; padding: .7rem .85rem; margin: 0; overflow-x: auto;
  line-height: 1.5; }
pre.again { white-space: pre-wrap; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin: 0 0 1rem; }
.sides > div { min-width: 0; }
.sides pre { max-height: 30rem; overflow: auto; }
.sides .head { color: var(--ink-3); }
mark { background: var(--bad-soft); color: inherit; box-shadow: -.85rem 0 0 var(--bad-soft), inset 3px 0 0 var(--bad);
  display: inline-block; min-width: 100%; padding-left: .5rem; margin-left: -.5rem; }
mark.head { color: inherit; }
.story { padding: 1rem 1.15rem; margin: 0 0 .75rem; }
.story > p { margin: 0 0 .25rem; display: flex; gap: .35rem .75rem; flex-wrap: wrap; align-items: baseline;
  max-width: none; }
.drawn { overflow-x: auto; }
svg.timeline { display: block; width: 100%; min-width: 34rem; height: auto; }
.look.waiting { fill: var(--dull); } .look.running { fill: var(--calm); } .look.succeeded { fill: var(--good); }
.look.failed { fill: var(--bad); } .look.cancelled { fill: var(--plum); } .look.unknown { fill: var(--warn); }
.ring { fill: none; stroke: var(--bad); stroke-width: 2; }
.stretch { stroke-width: 3; stroke: var(--line); stroke-linecap: round; }
.stretch.waiting { stroke: var(--dull); } .stretch.running { stroke: var(--calm); }
  .stretch.succeeded { stroke: var(--good); }
.stretch.failed { stroke: var(--bad); } .stretch.cancelled { stroke: var(--plum); } .stretch { opacity: .45; }
.area { fill: var(--calm); opacity: .09; } .progress { fill: none; stroke: var(--calm); stroke-width: 1.5;
  opacity: .6; }
text.word { font: 600 12px var(--mono); fill: var(--ink-2); } text.time { font: 11px var(--sans); fill: var(--ink-3);
  }
table { border-collapse: collapse; width: 100%; font-size: .89rem; }
th { color: var(--ink-3); white-space: nowrap; text-align: left; font-size: .72rem; letter-spacing: .06em;
  text-transform: uppercase; font-weight: 600; }
th, td { padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tr:last-child > td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.thin { white-space: nowrap; } td .why { color: var(--ink-3); display: block; font-size: .85rem; }
.more { margin-top: .75rem; } .more > summary { color: var(--accent); font-size: .89rem; padding: .25rem 0; }
.bar { display: block; width: 8rem; height: 8px; }
.bar .all { fill: var(--sunken); } .bar .met { fill: var(--good); } .bar .kept { fill: var(--line-2); opacity: .45; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.two ul { margin: .25rem 0 0; padding: 0; list-style: none; font-size: .9rem; } .two li { padding: .25rem 0; }
footer { color: var(--ink-3); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 3rem; }
@media (max-width: 44rem) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; } nav ul { padding: .6rem 1rem; }
  .sides, .two { grid-template-columns: 1fr; }
  details.finding > summary { grid-template-columns: auto 1fr; }
  details.finding > summary .said { grid-column: 1 / -1; } summary .where { grid-column: 1 / -1; white-space: normal;
  }
  h1 { font-size: 1.4rem; } .bar { width: 4rem; } .stack td { display: block; border: 0; padding: .1rem 0; }
  .stack tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line); } .stack thead { display: none;
  }
}
@media print {
  :root { --ground: #fff; --surface: #fff; --sunken: #f4f5f8; --ink: #000; --ink-2: #222; --ink-3: #444;
  --line: #ccc; }
  nav, .skip { display: none; } .card, .panel, details.finding, .story { box-shadow: none; break-inside: avoid; }
  .sides pre { max-height: none; } pre { white-space: pre-wrap; }
}
"""
