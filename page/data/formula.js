/**
 * Formulas of data, read by a parser of our own: nothing that is typed runs as code.
 *
 *     relation := sum (("<" | ">" | "<=" | ">=") sum)?
 *     sum      := product (("+" | "-") product)*
 *     product  := power (("*" | "/") power)*
 *     power    := ("-" power) | atom ("^" power)?
 *     atom     := number | name | function "(" sum ("," sum)* ")" | "(" relation ")"
 */

const FUNCTIONS = { sin: Math.sin, cos: Math.cos, tan: Math.tan, exp: Math.exp, log: Math.log, sqrt: Math.sqrt, abs: Math.abs, tanh: Math.tanh, sign: Math.sign, min: Math.min, max: Math.max, floor: Math.floor };
const CONSTANTS = { pi: Math.PI, e: Math.E };
const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(<=|>=|[-+*/^(),<>]))/y;
const MOST_NESTED = 60;

const refuse = (code, values) => {
  throw Object.assign(new Error(code), { code, values });
};

function tokens(text) {
  const found = [];
  const clean = text.replaceAll("−", "-").replaceAll("·", "*").replaceAll("²", "^2").replaceAll("≥", ">=").replaceAll("≤", "<=").trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < clean.length) {
    const at = TOKEN.lastIndex + clean.slice(TOKEN.lastIndex).search(/\S/);
    const match = /** @type {any} */ (TOKEN.exec(clean));
    if (!match) refuse("formulaSign", { sign: clean[at], at: at + 1 });
    found.push({ number: match[1], name: match[2], sign: match[3], at: at + 1 });
  }
  return found;
}

/**
 * Read a formula.
 *
 * @param {string} text  Such as "x^2" or "x2 > sin(3*x1)".
 * @returns {{variables: string[], relation: boolean, evaluate(values: Record<string, number>): number}}
 */
export function parseFormula(text) {
  const list = tokens(text);
  if (!list.length) refuse("formulaEmpty", {});
  const variables = [];
  let at = 0;
  let depth = 0;
  let relation = false;
  const next = (sign) => list[at]?.sign === sign && (at++, true);
  const expect = (sign) => next(sign) || refuse("formulaExpected", { sign, at: list[at]?.at ?? text.length + 1 });
  function comparing() {
    if (++depth > MOST_NESTED) refuse("formulaDeep", {});
    const left = sum();
    const sign = list[at]?.sign;
    depth--;
    if (!["<", ">", "<=", ">="].includes(sign)) return left;
    at++;
    const right = sum();
    const holds = { "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b }[sign];
    if (depth === 0) relation = true;
    return (v) => Number(holds(left(v), right(v)));
  }
  function sum() {
    let left = product();
    for (;;) {
      const [a, plus] = [left, next("+")];
      if (!plus && !next("-")) return left;
      const b = product();
      left = plus ? (v) => a(v) + b(v) : (v) => a(v) - b(v);
    }
  }
  function product() {
    let left = power();
    for (;;) {
      const [a, times] = [left, next("*")];
      if (!times && !next("/")) return left;
      const b = power();
      left = times ? (v) => a(v) * b(v) : (v) => a(v) / b(v);
    }
  }
  function power() {
    if (++depth > MOST_NESTED) refuse("formulaDeep", {});
    const result = next("-") ? negated(power()) : raised(atom());
    depth--;
    return result;
  }
  const negated = (of) => (v) => -of(v);
  function raised(base) {
    if (!next("^")) return base;
    const exponent = power();
    return (v) => base(v) ** exponent(v);
  }
  function atom() {
    const token = list[at++] ?? refuse("formulaEnd", {});
    if (token.number) {
      const value = Number(token.number);
      return () => value;
    }
    if (token.sign === "(") {
      const inner = comparing();
      expect(")");
      return inner;
    }
    if (!token.name) refuse("formulaSign", { sign: token.sign, at: token.at });
    if (next("(")) {
      const call = Object.hasOwn(FUNCTIONS, token.name) ? FUNCTIONS[token.name] : refuse("formulaFunction", { name: token.name, known: Object.keys(FUNCTIONS).join(", ") });
      const given = [sum()];
      while (next(",")) given.push(sum());
      expect(")");
      return (v) => call(...given.map((part) => part(v)));
    }
    if (Object.hasOwn(CONSTANTS, token.name)) return () => CONSTANTS[token.name];
    if (!variables.includes(token.name)) variables.push(token.name);
    return (v) => v[token.name];
  }
  const evaluate = comparing();
  if (at < list.length) refuse("formulaSign", { sign: list[at].sign ?? list[at].name ?? list[at].number, at: list[at].at });
  if (!variables.length) refuse("formulaVariables", {});
  if (variables.length > 8) refuse("formulaMany", { n: variables.length });
  variables.sort();
  return { variables, relation, evaluate };
}

/** Numbers in 0 … 1 that are the same each time: a Halton sequence. */
function halton(i, base) {
  let [result, share] = [0, 1];
  for (let left = i; left > 0; left = Math.floor(left / base)) {
    share /= base;
    result += share * (left % base);
  }
  return result;
}
const BASES = [2, 3, 5, 7, 11, 13, 17, 19];

/** Return the data of a formula: rows of its variables in a range, and its values. */
export function formulaData(text, { low, high, n }) {
  const { variables, relation, evaluate } = parseFormula(text);
  const rows = [];
  for (let i = 0; i < n; i++) {
    const values = {};
    variables.forEach((name, j) => {
      const share = variables.length === 1 ? i / (n - 1) : halton(i + 1, BASES[j]);
      values[name] = Math.round((low + (high - low) * share) * 1000) / 1000;
    });
    const value = evaluate(values);
    if (Number.isFinite(value)) rows.push([...variables.map((name) => values[name]), relation ? (value ? "true" : "false") : Math.round(value * 1e6) / 1e6]);
  }
  if (!rows.length) refuse("formulaFinite", { low, high });
  return { name: "own", columns: [...variables, variables.includes("y") ? "f" : "y"], rows, target: variables.includes("y") ? "f" : "y", use: null, task: relation ? null : "regression", title: text };
}
