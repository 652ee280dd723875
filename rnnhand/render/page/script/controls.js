// The controls, on a page that has something to work with

if (steps.length) {
  const bar = make(
    "nav",
    { class: "controls", "aria-label": say("controls") },
    ...[stepping, previous, next, where, sheet, score, tracing],
    ...(live && live.lines.some(([name]) => values.has(name)) ? [supposing] : []),
  );
  document.body.insertBefore(bar, document.querySelector("main"));
  document.body.append(panel);
  go(-1);
  score.hidden = true;
}
