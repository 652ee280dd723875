// Worksheet: what is to be found is hidden until it is asked for, or typed in

const score = make("span", { class: "score", role: "status" });
const asked = [];

function worksheet() {
  const on = document.body.classList.toggle("worksheet");
  sheet.setAttribute("aria-pressed", String(on));
  score.hidden = !on;
  if (on && !asked.length) steps.forEach(ask);
  mark("shown", []);
  for (const { line, field, verdict } of asked) {
    line.hidden = !on;
    if (field) field.value = "";
    verdict.textContent = "";
    delete line.dataset.kind;
  }
  count();
}

function ask(step) {
  const answer = all(".results .value", step).find(
    (value) => value.dataset.exact || value.dataset.decimal,
  );
  const verdict = make("span", { class: "verdict", role: "status" });
  const line = make("span", { class: "ask" }, " = ");
  const item = { line, verdict, step, field: null };
  if (answer) {
    const name = step.querySelector(".left").textContent;
    item.field = make("input", {
      type: "text",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      size: "9",
      "aria-label": say("answer", { name }),
    });
    item.field.addEventListener("change", () => judge(item, answer));
    line.append(item.field, " ");
  }
  line.append(button("show", () => reveal(item)), " ", verdict);
  step.insertBefore(line, step.querySelector(".results"));
  asked.push(item);
}

function judge(item, answer) {
  const text = item.field.value;
  if (!text.trim()) {
    item.verdict.textContent = "";
    delete item.line.dataset.kind;
  } else {
    const typed = parsed(text);
    const kind = !typed ? "unreadable" : agrees(typed, answer) ? "right" : "wrong";
    item.line.dataset.kind = kind;
    item.verdict.textContent = say(kind);
    if (kind === "right") show(item.step);
  }
  count();
}

function reveal(item) {
  show(item.step);
  if (!item.line.dataset.kind) item.line.dataset.kind = "given-up";
  count();
  const rest = asked.slice(asked.indexOf(item) + 1).find(({ step }) => !step.matches(".shown"));
  if (rest) (rest.field || rest.line.querySelector("button")).focus();
}

function show(step) {
  for (const thing of [step, ...cells(step.dataset.name)]) thing.classList.add("shown");
}

function count() {
  const kinds = asked.map(({ line }) => line.dataset.kind);
  const number = (kind) => kinds.filter((k) => k === kind).length;
  score.textContent = say("score", {
    right: number("right"),
    wrong: number("wrong"),
    open: kinds.filter((k) => k === undefined || k === "unreadable").length,
  });
}

const sheet = button("worksheet", worksheet, { "aria-pressed": "false" });
