/**
 * Boolean formulas as networks of sign units, as `pellucid.constructions.logic_network` writes them down: a hidden
 * layer of ANDs and one OR, the shortest there is, with the weights ±1 over the values −1 and +1.
 *
 *     formula := xors ("|" xors)*          xors := products ("^" products)*       products := operand ("&" operand)*
 *     operand := "~" operand | "(" formula ")" | name | True | False | 1 | 0      and one ">>" between two operands
 */

export const MOST_VARIABLES = 6;
const ABSENT = 2;
const WORDS = { not: "~", and: "&", xor: "^", or: "|", implies: ">>", "¬": "~", "∧": "&", "⊕": "^", "∨": "|", "→": ">>", "⇒": ">>" };
const TOKEN = /\s*(?:([A-Za-z_]\w*)|([01])|(>>|[&|^~()¬∧⊕∨→⇒]))/y;

const refuse = (code, values = {}) => {
  throw Object.assign(new Error(code), { code, values });
};

/** Read a formula: its variables in the order of appearance, and its value for truth values of them. */
export function parseLogic(text) {
  const list = [];
  TOKEN.lastIndex = 0;
  const clean = text.trimEnd();
  while (TOKEN.lastIndex < clean.length) {
    const at = TOKEN.lastIndex + clean.slice(TOKEN.lastIndex).search(/\S/);
    const match = TOKEN.exec(clean);
    if (!match) refuse("logicSign", { sign: clean[at], at: at + 1 });
    const [, name, digit, sign] = /** @type {any} */ (match);
    const word = name && Object.hasOwn(WORDS, name.toLowerCase()) ? WORDS[name.toLowerCase()] : sign && (WORDS[sign] ?? sign);
    list.push({ sign: word, name: word ? null : name, value: digit, at: at + 1 });
  }
  if (!list.length) refuse("formulaEmpty");
  /** @type {string[]} */
  const variables = [];
  let at = 0;
  const next = (sign) => list[at]?.sign === sign && (at++, true);
  function chain(sign, inner, join) {
    const parts = [inner()];
    while (next(sign)) parts.push(inner());
    return parts.length === 1 ? parts[0] : (v) => join(parts.map((part) => part(v)));
  }
  const or = () => chain("|", xor, (all) => all.some(Boolean));
  const xor = () => chain("^", and, (all) => all.filter(Boolean).length % 2 === 1);
  const and = () => chain("&", operand, (all) => all.every(Boolean));
  function implies() {
    const left = or();
    if (!next(">>")) return left;
    const right = or();
    return (v) => !left(v) || right(v);
  }
  function operand() {
    const token = list[at++] ?? refuse("formulaEnd");
    if (token.sign === "~") {
      const inner = operand();
      return (v) => !inner(v);
    }
    if (token.sign === "(") {
      const inner = implies();
      if (!next(")")) refuse("formulaExpected", { sign: ")", at: list[at]?.at ?? text.length + 1 });
      return inner;
    }
    if (token.sign) refuse("logicSign", { sign: token.sign, at: token.at });
    if (token.value ?? /^(true|false)$/i.test(token.name)) {
      const truth = token.value === "1" || /^true$/i.test(token.name ?? "");
      return () => truth;
    }
    if (!variables.includes(token.name)) variables.push(token.name);
    const j = variables.indexOf(token.name);
    return (v) => v[j];
  }
  const evaluate = implies();
  if (at < list.length) refuse("logicSign", { sign: list[at].sign ?? list[at].name ?? list[at].value, at: list[at].at });
  if (!variables.length) refuse("formulaVariables");
  if (variables.length > MOST_VARIABLES) refuse("logicMany", { n: variables.length, limit: MOST_VARIABLES });
  return { variables, evaluate };
}

/** All rows of truth values, the first variable slowest, false before true. */
export const allRows = (n) => Array.from({ length: 2 ** n }, (_, r) => Array.from({ length: n }, (_, j) => Boolean((r >> (n - 1 - j)) & 1)));

const covers = (cube, row) => cube.every((value, j) => value === ABSENT || Boolean(value) === row[j]);
const literals = (cube) => cube.filter((value) => value !== ABSENT).length;

/** The products that imply a function and from which no variable can be dropped, a before ~a before neither. */
function primes(table, n) {
  const rows = allRows(n);
  const cubes = Array.from({ length: 3 ** n }, (_, c) => Array.from({ length: n }, (_, j) => [1, 0, ABSENT][Math.floor(c / 3 ** (n - 1 - j)) % 3]));
  const implies = (cube) => rows.every((row, r) => table[r] || !covers(cube, row));
  const implicants = cubes.filter(implies);
  return implicants.filter((cube) => !cube.some((value, j) => value !== ABSENT && implies(cube.map((v, i) => (i === j ? ABSENT : v)))));
}

/** A shortest sum of products: fewest products, and of those with fewest literals. */
export function minimize(table, n) {
  const all = primes(table, n);
  const rows = allRows(n).filter((_, r) => table[r]);
  const chosen = new Set(rows.flatMap((row) => {
    const able = all.filter((cube) => covers(cube, row));
    return able.length === 1 ? able : [];
  }));
  const open = rows.filter((row) => ![...chosen].some((cube) => covers(cube, row)));
  /** @type {number[][] | null} */
  let best = null;
  const cost = (list) => list.length + list.reduce((sum, cube) => sum + literals(cube), 0) / 1000;
  function search(left, list) {
    if (best && cost(list) >= cost(best)) return;
    if (!left.length) {
      best = list;
      return;
    }
    for (const cube of all.filter((each) => covers(each, left[0]))) search(left.filter((row) => !covers(cube, row)), [...list, cube]);
  }
  search(open, []);
  for (const cube of best ?? []) chosen.add(cube);
  return all.filter((cube) => chosen.has(cube));
}

/** The unit "at least j of these literals hold" over ±1: weights and bias. */
function gate(n, signs, atLeast) {
  const weights = new Array(n).fill(0);
  for (const [i, sign] of signs) weights[i] += sign;
  return { weights, bias: signs.length - 2 * atLeast + 1 };
}

const matrix = (gates) => [gates.map(({ bias }) => bias), ...gates[0].weights.map((_, i) => gates.map(({ weights }) => weights[i]))];

/**
 * Return the network of a formula.
 *
 * @param {string} text  Such as "(a & ~b) | (~a & b)".
 * @returns {{variables: string[], hidden: number[], matrices: number[][][], rows: number[][]}} matrices [b; W], and
 *   the truth table as −1 and +1, the output last
 */
export function logicNetwork(text) {
  const { variables, evaluate } = parseLogic(text);
  const n = variables.length;
  const rows = allRows(n);
  const table = rows.map((row) => Boolean(evaluate(row)));
  const number = (truth) => (truth ? 1 : -1);
  const terms = minimize(table, n).map((cube) => cube.flatMap((value, j) => (value === ABSENT ? [] : [/** @type {[number, number]} */ ([j, number(value)])])));
  const shown = rows.map((row, r) => [...row.map(number), number(table[r])]);
  if (terms.length === 1) return { variables, hidden: [], matrices: [matrix([gate(n, terms[0], terms[0].length)])], rows: shown };
  if (terms.every((term) => term.length === 1)) return { variables, hidden: [], matrices: [matrix([gate(n, terms.map((term) => term[0]), 1)])], rows: shown };
  // A term of one literal is carried as it is; its sign stands on the way out.
  const sources = [];
  const out = terms.map((term) => {
    const key = term.length === 1 ? `${term[0][0]}` : JSON.stringify(term);
    let at = sources.findIndex((source) => source.key === key);
    if (at < 0) at = sources.push({ key, unit: term.length === 1 ? gate(n, [[term[0][0], 1]], 1) : gate(n, term, term.length) }) - 1;
    return /** @type {[number, number]} */ ([at, term.length === 1 ? term[0][1] : 1]);
  });
  return { variables, hidden: [sources.length], matrices: [matrix(sources.map(({ unit }) => unit)), matrix([gate(sources.length, out, 1)])], rows: shown };
}
