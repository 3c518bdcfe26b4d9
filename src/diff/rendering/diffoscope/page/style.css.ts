/**
 * The page's style: colours and sizes of text are those of `web/style/base.css`. It uses diffoscope's class names, so
 * stylesheets for diffoscope's pages work too.
 */
export const STYLE = `:root {
  color-scheme: light dark;
  --text: #1b232b; --quiet: #55616d; --page: #ffffff; --panel: #f5f7f9; --line: #d5dce3; --link: #0b5cad;
  --old: #fdeaea; --new: #e3f6e8; --old-mark: #f9bcbc; --new-mark: #a9e4b8; --old-text: #a11a1f; --new-text: #14632e;
  --dots: #9099a5; --notice: #fff5d9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e2e8ee; --quiet: #a0acb8; --page: #14181d; --panel: #1c2229; --line: #333c47; --link: #7ab8ff;
    --old: #3a1a1c; --new: #12301d; --old-mark: #7d2b30; --new-mark: #1f6435; --old-text: #ff9f9f; --new-text: #7fdc9a;
    --dots: #6b7582; --notice: #352b10;
  }
}
body.diffoscope { margin: 0 auto; max-width: 110rem; padding: 0 1.25rem 3rem; background: var(--page); color: var(--text);
  font: .875rem/1.5 system-ui, "DejaVu Sans", sans-serif; }
.diffoscope h1 { font-size: 1.25rem; line-height: 1.3; margin: 1.5rem 0 .25rem; overflow-wrap: anywhere; }
.diffoscope a { color: var(--link); }
.diffoscope :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.diffoscope .skip { position: absolute; left: -100vw; }
.diffoscope .skip:focus { left: 1rem; top: .5rem; background: var(--page); padding: .25rem .5rem; z-index: 1; }
.diffoscope .summary, .diffoscope footer { color: var(--quiet); margin: .25rem 0; }
.diffoscope .notice { background: var(--notice); padding: .5rem .75rem; border-radius: .375rem; }
.diffoscope nav { margin: 1rem 0; }
.diffoscope nav > details { border: 1px solid var(--line); border-radius: .375rem; padding: .5rem .75rem; background: var(--panel); }
.diffoscope nav ol { margin: .25rem 0; padding-left: 1.25rem; list-style: none; overflow-wrap: anywhere; }
.diffoscope nav li { margin: .125rem 0; line-height: 1.75; }
.diffoscope summary { cursor: pointer; }
.diffoscope .controls button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line);
  border-radius: .375rem; padding: .125rem .625rem; margin-right: .5rem; cursor: pointer; }
.diffoscope .difference { position: relative; border-left: 3px solid var(--line); margin: .75rem 0; padding-left: .75rem; scroll-margin-top: .5rem; }
.diffoscope .difference > details > summary { list-style: none; }
.diffoscope .difference > details > summary::-webkit-details-marker { display: none; }
.diffoscope .diffheader { display: flow-root; position: relative; padding: .25rem .5rem .25rem 1.75rem; background: var(--panel); border-radius: .375rem; overflow-wrap: anywhere; }
.diffoscope .diffcontrol { position: absolute; left: .5rem; color: var(--quiet); }
.diffoscope details:not([open]) > summary .diffcontrol { transform: rotate(-90deg); }
.diffoscope .diffsize { float: right; margin-left: 1rem; color: var(--quiet); font-size: .75rem; }
.diffoscope .source { font-weight: 600; }
.diffoscope .anchor { position: absolute; top: .25rem; left: -1.25rem; min-width: 1.5rem; min-height: 1.5rem; z-index: 1; color: var(--quiet);
  text-align: center; text-decoration: none; opacity: 0; }
.diffoscope .difference:hover > .anchor, .diffoscope .anchor:focus { opacity: 1; }
.diffoscope :target > .diffheader, .diffoscope :target > details > summary > .diffheader { outline: 2px solid var(--link); }
.diffoscope .comment { margin: .375rem .5rem; color: var(--quiet); font-style: italic; white-space: pre-wrap; overflow-wrap: anywhere; }
.diffoscope .comment.multiline { font: .8125rem/1.45 ui-monospace, monospace; }
.diffoscope table.diff { width: 100%; table-layout: fixed; border-collapse: collapse; margin: .5rem 0;
  font: .8125rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
.diffoscope .colines { width: 4.5em; }
.diffoscope table.diff td { padding: 0 .375rem; vertical-align: top; overflow-wrap: anywhere; }
.diffoscope td.diffline { color: var(--quiet); text-align: right; user-select: none; }
.diffoscope td.diffpresent { white-space: pre-wrap; word-break: break-all; }
.diffoscope tr.diffhunk td { color: var(--quiet); background: var(--panel); padding-top: .125rem; padding-bottom: .125rem; }
.diffoscope tr.diffdeleted td.diffpresent, .diffoscope tr.diffchanged td.diffpresent:nth-of-type(2) { background: var(--old); }
.diffoscope tr.diffadded td.diffpresent, .diffoscope tr.diffchanged td.diffpresent:nth-of-type(4) { background: var(--new); }
.diffoscope del, .diffoscope ins { text-decoration: none; border-radius: .125rem; }
.diffoscope td del { background: var(--old-mark); }
.diffoscope td ins { background: var(--new-mark); }
.diffoscope .counts del { color: var(--old-text); }
.diffoscope .counts ins { color: var(--new-text); }
.diffoscope .dp { color: var(--dots); }
.diffoscope td em { color: var(--quiet); }
.diffoscope tr.ondemand td, .diffoscope .ondemand-details { background: var(--notice); text-align: center; padding: .375rem; }
.diffoscope button.load { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line);
  border-radius: .375rem; padding: 0 .5rem; margin-left: .5rem; cursor: pointer; }
.diffoscope .trail { color: var(--quiet); overflow-wrap: anywhere; }
.diffoscope pre.diffpresent { font: .8125rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; word-break: break-all; }
.diffoscope [tabindex="-1"]:focus { outline: none; }
@media (max-width: 48rem) {
  body.diffoscope { padding: 0 .625rem 2rem; }
  .diffoscope .difference { padding-left: .375rem; border-left-width: 2px; }
  .diffoscope table.diff, .diffoscope table.diff tbody { display: block; }
  .diffoscope table.diff tr { display: grid; grid-template-columns: minmax(3em, max-content) minmax(0, 1fr); }
  .diffoscope table.diff td[colspan] { grid-column: 1 / -1; }
  .diffoscope table.diff td.diffabsent, .diffoscope tr.diffunmodified td:nth-child(n + 3), .diffoscope tr.diffhunk td + td { display: none; }
}
@media print {
  .diffoscope nav, .diffoscope .controls, .diffoscope .load, .diffoscope .anchor, .diffoscope .skip { display: none; }
  .diffoscope tr { break-inside: avoid; }
  body.diffoscope { max-width: none; font-size: 9pt; }
}`
