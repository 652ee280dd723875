// Numbers that are typed: exact fractions of whole numbers, with the unit of the last digit

const point = document.documentElement.dataset.mark || ".";

function spelled(number) {
  return String(number).replace(".", point);
}

function parsed(text) {
  const pointed = text.replaceAll(point, ".").replace(/,/g, ".");
  const plain = pointed.replace(/[−–]/g, "-").replace(/[\s\u00a0]/g, "");
  if (plain.length > 200) return null;
  const [above, below, more] = plain.split("/").map(decimal);
  if (more !== undefined || !above || below === null) return null;
  if (below === undefined) return above;
  if (below.n === 0n) return null;
  const sign = below.n < 0n ? -1n : 1n;
  return { n: above.n * below.d * sign, d: above.d * below.n * sign, unit: null };
}

function decimal(text) {
  const m = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (!m || !(m[2] || m[3])) return null;
  const places = (m[3] || "").length - Number(m[4] || 0);
  const whole = BigInt(m[2] + (m[3] || "")) * (m[1] === "-" ? -1n : 1n);
  const ten = 10n ** BigInt(Math.abs(places));
  const rounded = m[3] !== undefined || m[4] !== undefined;
  if (places < 0) return { n: whole * ten, d: 1n, unit: rounded ? { n: ten, d: 1n } : null };
  return { n: whole, d: ten, unit: rounded ? { n: 1n, d: ten } : null };
}

// The numbers that a typed one may stand for, from and to: rounded to it, or cut off.
function span(number) {
  const { n, d, unit } = number;
  if (!unit) return [{ n, d }, { n, d }];
  const moved = (half) => ({ n: 2n * n * unit.d + half * unit.n * d, d: 2n * d * unit.d });
  return [moved(n <= 0n ? -2n : -1n), moved(n >= 0n ? 2n : 1n)];
}

function agrees(typed, value) {
  const known = parsed(value.dataset.exact || value.dataset.decimal);
  if (!known) return false;
  if (value.dataset.exact) known.unit = null;
  const [low, high] = span(typed);
  const [from, to] = span(known);
  return low.n * to.d <= to.n * low.d && from.n * high.d <= high.n * from.d;
}
