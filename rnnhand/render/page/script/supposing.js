// What if: the equations once more, in floats, with other numbers

const source = document.getElementById("live");
const live = source ? JSON.parse(source.textContent) : null;

function whatIf() {
  const items = live.given.map(([name, tree, sign]) => {
    const value = worth(tree, new Map(), live.functions);
    const fields = value.entries.map((entry, i) => field(name, value, entry, i));
    return { name, value, fields, shown: shownFields(name, value, fields, sign) };
  });
  const before = workedOut(live, items.map(({ name, value }) => [name, value]));
  mark("apart", steps.filter((step) => !isWorkedOut(step, before)));
  const form = make("fieldset", {}, make("legend", {}, say("what-if")));
  const reset = button("reset", () => {
    for (const { value, fields } of items)
      for (const [i, own] of fields.entries()) own.value = spelled(value.entries[i]);
    change();
  });
  const own = make("div", { class: "fields" }, ...items.map(({ shown }) => shown));
  form.append(own, make("div", { class: "beneath" }, reset, make("p", {}, say("floats"))));
  form.addEventListener("input", change);

  function change() {
    const typed = items.map(({ name, value: { rows, columns, entries }, fields }) => {
      const numbers = fields.map((own, i) => typedIn(own, entries[i]));
      return [name, matrix(rows, columns, numbers)];
    });
    const after = workedOut(live, typed);
    for (const old of all(".instead")) old.remove();
    for (const [name, shown] of values) {
      const other = after.get(name);
      const moved = other !== undefined && differs(before.get(name), other);
      for (const value of shown) {
        value.classList.toggle("replaced", moved);
        if (!moved || value.matches(".also")) continue;
        value.after(make("span", { class: "instead" }, " ", written(other)));
      }
    }
  }
  return form;
}

// Whether a line's value is among those that are worked out again; those of updates are not.
function isWorkedOut(step, known) {
  const shown = step.querySelector(".results .value[data-of]");
  return shown !== null && known.has(shown.dataset.of);
}

// The fields of one value: a field for each entry, as they stand in the matrix.

function field(name, { rows, columns }, entry, i) {
  const place = [Math.floor(i / columns) + 1, (i % columns) + 1].slice(0, columns > 1 ? 2 : 1);
  const label = rows * columns > 1 ? `${name}(${place.join(",")})` : name;
  return make("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    value: spelled(entry),
    "aria-label": label,
  });
}

// What a field has: the entry itself where nothing was typed, not a number where it is unreadable.
function typedIn(field, entry) {
  const untouched = field.value.trim() === "" || field.value === spelled(entry);
  const number = untouched ? null : parsed(field.value);
  field.setAttribute("aria-invalid", String(!untouched && number === null));
  if (untouched) return entry;
  return number ? Number(number.n) / Number(number.d) : NaN;
}

function shownFields(name, { rows, columns }, fields, sign) {
  const left = inMath("math", {});
  left.innerHTML = sign;
  if (fields.length === 1) return make("label", {}, left, " = ", fields[0]);
  const lines = Array.from({ length: rows }, (_, i) =>
    make("div", {}, ...fields.slice(i * columns, (i + 1) * columns)));
  const group = make("div", { class: "entries" }, ...lines);
  return make("div", { class: "given", role: "group", "aria-label": name }, left, " = ", group);
}

function differs(one, other) {
  return one.entries.some((x, i) => !(Math.abs(x - other.entries[i]) <= 1e-12 * Math.abs(x)));
}

function written(value) {
  if (isScalar(value)) return float(value.entries[0]);
  const rows = rowsOf(value).map((row) =>
    inMath("mtr", {}, ...row.map((x) => inMath("mtd", {}, inMath("mn", {}, float(x))))));
  return inMath("math", {}, inMath("mrow", { class: "matrix" }, inMath("mtable", {}, ...rows)));
}

function float(number) {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "?" : number > 0 ? "∞" : "−∞";
  return spelled(Number(number.toPrecision(6))).replace("-", "−").replace("e−", "e-");
}

let form = null;
const supposing = button(
  "what-if",
  () => {
    const on = document.body.classList.toggle("supposing");
    supposing.setAttribute("aria-pressed", String(on));
    if (on) {
      form = whatIf();
      document.querySelector("main").before(form);
      form.querySelector("input").focus();
    } else {
      form.remove();
      for (const old of all(".instead")) old.remove();
      for (const kind of ["replaced", "apart"]) mark(kind, []);
    }
  },
  { "aria-pressed": "false" },
);
